"""A mail server that keeps nothing: it prints its port, and then each letter that comes as one line of JSON.

Its arguments are the port (0 for any), and, for one that wants STARTTLS and a login, the folder to write
`authority.pem` into, the name and the password."""

import asyncio
import email
import email.policy
import ipaddress
import json
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from own_authority import tls_in

port, *secured = sys.argv[1:]


class Handler:
    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        shown = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "text": letter.get_content(),
            "is_encrypted": session.ssl is not None,
        }
        print(json.dumps(shown), flush=True)
        return "250 taken"


def login(server, session, envelope, mechanism, data):
    _, name, password = secured
    expected = (name.encode(), password.encode())
    return AuthResult(success=(data.login, data.password) == expected, handled=False)


options = {}
if secured:
    options = {
        "tls_context": tls_in(Path(secured[0]), x509.IPAddress(ipaddress.ip_address("0.0.0.0"))),
        "require_starttls": True,
        "authenticator": login,
        "auth_required": True,
    }


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), **options), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
