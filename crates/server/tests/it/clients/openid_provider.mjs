// npm's oidc-provider as the studio's own: in memory, on a free port, with people whom whoever asks first names by
// `/next?who=`. Started by the tests; ends with its input. Arguments: the redirect address of the server under test.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const [redirectUri, secret, method] = process.argv.slice(2);

const people = {
  mira: { email: 'mira@studio.example', email_verified: true, name: 'Mira Holm' },
  iris: { email: 'iris@studio.example', email_verified: false, name: 'Iris' },
  unmarked: { email: 'unmarked@studio.example', name: 'Una' },
  namesake: { email: 'Mira@Studio.example', email_verified: true, name: 'Mira Other' },
  stranger: { email: 'stranger@elsewhere.example', email_verified: true, name: 'Stranger' },
  nameless: {},
};

const jwk = (kid) => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  alg: 'RS256',
  use: 'sig',
  kid,
});

let who = 'mira';
let handle;
const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  if (url.pathname === '/next') {
    who = url.searchParams.get('who');
    response.end();
  } else if (url.pathname === '/renew') {
    handle = provide(url.searchParams.get('kid'));
    response.end();
  } else {
    await handle(request, response);
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
handle = provide('one');
console.log(`listening on ${issuer}`);
process.stdin.on('end', () => process.exit(0)).resume();

/** A provider that has forgotten all, and signs by another key. */
function provide(kid) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'mudlark',
        client_secret: secret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: method,
      },
    ],
    clientAuthMethods: [method],
    cookies: { keys: ['of no value'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [jwk(kid)] },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    ttl: { Session: 3600, Interaction: 3600, Grant: 3600, AccessToken: 3600, IdToken: 3600 },
  });
  const callback = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return callback(request, response);
    const result = who === 'nobody' ? { error: 'access_denied' } : { login: { accountId: who, remember: false } };
    return provider.interactionFinished(request, response, result);
  };
}
