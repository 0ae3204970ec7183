"""A stock OAuth client of Python: finds the server, gets a token, and uses it."""

import json
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

base, key, secret, account, method = sys.argv[1:]
found = requests.get(base + get_well_known_url(base), timeout=30)
found.raise_for_status()
metadata = AuthorizationServerMetadata(found.json())

session = OAuth2Session(key, secret, token_endpoint_auth_method=method, scope="accounts:read")
token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
answer = session.get(base + "/accounts", headers={"x-account-id": account}, timeout=30)
print(json.dumps({"token": token, "status": answer.status_code, "body": answer.json()}))
