"""Receives messages by https, on a certificate for `localhost` of an authority of its own. Its argument is the folder
to write `authority.pem` into; it prints its port, and then the id of each message that comes."""

import datetime
import http.server
import ssl
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder = Path(sys.argv[1])


def named(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate(name, key, issuer, issuer_key, extension):
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(today - datetime.timedelta(days=1))
    builder = builder.not_valid_after(today + datetime.timedelta(days=1))
    return builder.add_extension(extension, critical=True).sign(issuer_key, hashes.SHA256())


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM)


authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
is_authority = x509.BasicConstraints(ca=True, path_length=0)
authority = certificate("Authority", authority_key, "Authority", authority_key, is_authority)
names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
server = certificate("localhost", key, "Authority", authority_key, names)
(folder / "authority.pem").write_bytes(pem(authority))
private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
(folder / "server.pem").write_bytes(pem(server) + private)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()
        print(self.headers["webhook-id"], flush=True)

    def log_message(self, *_):
        pass


listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "server.pem")
listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
print(listener.server_address[1], flush=True)
listener.serve_forever()
