// A stock OAuth client of Node.js: finds the server, gets a token, and uses it.

const { Issuer } = require('openid-client');

async function main() {
  const [base, key, secret, account, method] = process.argv.slice(2);
  const issuer = await Issuer.discover(base + '/.well-known/oauth-authorization-server');
  const client = new issuer.Client({
    client_id: key,
    client_secret: secret,
    token_endpoint_auth_method: method,
  });
  const token = await client.grant({ grant_type: 'client_credentials', scope: 'accounts:read' });
  const answer = await client.requestResource(base + '/accounts', token.access_token, {
    headers: { 'x-account-id': account },
  });
  const body = JSON.parse(answer.body.toString());
  console.log(JSON.stringify({ issuer: issuer.issuer, token, status: answer.statusCode, body }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
