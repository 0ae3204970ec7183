// npm's oidc-provider as a reference for /auth/token: client credentials, JWT access tokens signed with ES256 (through
// resource indicators), its in-memory adapter, two workers. Started by the benchmark, never by hand; ends with its input.
import cluster from 'node:cluster';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const WORKERS = 2;
const RESOURCE = 'urn:bench:api';

async function serve() {
  const { default: Provider } = await import('oidc-provider');
  const provider = new Provider('http://127.0.0.1', {
    clients: [
      {
        client_id: process.env.BENCH_CLIENT_ID,
        client_secret: process.env.BENCH_CLIENT_SECRET,
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: 'api',
          audience: RESOURCE,
          accessTokenTTL: 3600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    jwks: { keys: [JSON.parse(process.env.BENCH_JWK)] },
  });
  const server = createServer(provider.callback());
  // A connection that rests between rounds is not broken off.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
}

function start() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };
  let listening = 0;
  cluster.on('listening', (_worker, address) => {
    listening += 1;
    if (listening === WORKERS) {
      console.log(`listening on http://127.0.0.1:${address.port}`);
    }
  });
  cluster.on('exit', () => process.exit(1));
  for (let number = 0; number < WORKERS; number += 1) {
    cluster.fork({ BENCH_JWK: JSON.stringify(jwk) });
  }
  process.stdin.on('end', () => process.exit(0)).resume();
}

if (cluster.isPrimary) {
  start();
} else {
  await serve();
}
