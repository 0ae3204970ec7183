"""A receiver's check of a message, by the reference library of Standard Webhooks. Its argument is
`{secret, headers, body}` as JSON; it prints the body as the library gives it back, or what it found wrong."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

given = json.loads(sys.argv[1])
try:
    print(json.dumps(Webhook(given["secret"]).verify(given["body"], given["headers"])))
except WebhookVerificationError as error:
    print(json.dumps(f"refused: {error}"))
