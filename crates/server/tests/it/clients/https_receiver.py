"""Receives messages by https, on a certificate for `localhost` of an authority of its own. Its argument is the folder
to write `authority.pem` into; it prints its port, and then the id of each message that comes."""

import http.server
import sys
from pathlib import Path

from cryptography import x509
from own_authority import tls_in

context = tls_in(Path(sys.argv[1]), x509.DNSName("localhost"))


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()
        print(self.headers["webhook-id"], flush=True)

    def log_message(self, *_):
        pass


listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
print(listener.server_address[1], flush=True)
listener.serve_forever()
