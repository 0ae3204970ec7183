"""Makes a certificate for 127.0.0.1 of an authority of its own: `server.pem` and `authority.pem` in the folder that its
argument names."""

import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from own_authority import tls_in

tls_in(Path(sys.argv[1]), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
