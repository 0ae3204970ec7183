"""A verifier that knows nothing of the server but its published keys. Reads one command a line, answers one line each:
`fetch` takes the keys anew, `verify TOKEN` checks a token. Each answer ends with how often the keys were taken."""

import sys

import jwt


class Keys(jwt.PyJWKClient):
    fetches = 0

    def fetch_data(self):
        self.fetches += 1
        return super().fetch_data()


keys = Keys(sys.argv[1])
for line in sys.stdin:
    command, _, token = line.strip().partition(" ")
    try:
        if command == "fetch":
            keys.get_jwk_set(refresh=True)
        else:
            key = keys.get_signing_key_from_jwt(token)
            # The test moves the server's clock, not this process's: times are not compared.
            options = {"verify_iat": False, "verify_exp": False, "require": ["exp", "iat", "sub", "jti"]}
            jwt.decode(token, key, algorithms=["ES256"], audience="mudlark", issuer="mudlark", options=options)
        answer = "ok"
    except jwt.PyJWTError as error:
        answer = f"{type(error).__name__}: {error}"
    print(f"{answer} {keys.fetches}", flush=True)
