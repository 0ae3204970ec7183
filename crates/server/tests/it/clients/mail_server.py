"""A mail server that keeps nothing: it prints its port, and then each letter that comes as one line of JSON.

Its arguments are the port (0 for any), and, for one that wants STARTTLS and a login, the folder to write
`authority.pem` into, the name and the password."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

port, *secured = sys.argv[1:]


def named(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate(name, key, issuer_key, extension):
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named("Authority"))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(today - datetime.timedelta(days=1))
    builder = builder.not_valid_after(today + datetime.timedelta(days=1))
    return builder.add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256())


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM)


def tls_in(folder):
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("0.0.0.0"))])
    (folder / "authority.pem").write_bytes(pem(certificate("Authority", authority_key, authority_key, is_authority)))
    own = pem(certificate("Mail", key, authority_key, names))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(own + key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


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
        "tls_context": tls_in(Path(secured[0])),
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
