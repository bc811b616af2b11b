// The issuer that the tests sign in with: npm's oidc-provider on a free port of this machine.
//
//   node provider.mjs FOLDER     FOLDER is where npm has put it
//
// It says its address in its first line. Each line that it reads is a JSON object that says what is different from now on, and is
// answered by a line. It ends when its input ends.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// It warns about its own defaults, on the standard output, which is for the tests.
console.warn = console.info = () => {};
const { default: Provider } = await import(pathToFileURL(`${process.argv[2]}/node_modules/oidc-provider/lib/index.js`));

const SECRET = 'a-secret-of-the-tests-client';

let said = {
  // Whoever comes next is signed in as this account.
  account: { sub: 'nobody' },
  redirect_uri: 'http://127.0.0.1:1/',
  // Whether tokens name the address, or only the user info does.
  address_in_tokens: false,
};
let keys = fresh();

function fresh() {
  const one = (type, options, alg) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    kid: randomUUID(),
    use: 'sig',
    alg,
  });
  return [one('rsa', { modulusLength: 2048 }, 'RS256'), one('ec', { namedCurve: 'P-256' }, 'ES256')];
}

function client(id, alg, method) {
  return {
    client_id: id,
    client_secret: method === 'none' ? undefined : SECRET,
    redirect_uris: [said.redirect_uri],
    id_token_signed_response_alg: alg,
    token_endpoint_auth_method: method,
  };
}

const accounts = new Map();

function provider(issuer) {
  return new Provider(issuer, {
    clients: [
      client('rs', 'RS256', 'client_secret_basic'),
      client('es', 'ES256', 'client_secret_post'),
      client('public', 'RS256', 'none'),
    ],
    jwks: { keys },
    cookies: { keys: ['a-key-of-the-tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !said.address_in_tokens,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/enter/${interaction.uid}` },
    pkce: { methods: ['S256'], required: () => true },
    async findAccount(_, id) {
      return { accountId: id, claims: () => accounts.get(id) };
    },
    async loadExistingGrant(ctx) {
      const { client, session, provider } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
}

let present;
const server = http.createServer(async (request, response) => {
  const now = present;
  if (!request.url.startsWith('/enter/')) {
    return now.callback()(request, response);
  }
  try {
    const { account } = said;
    accounts.set(account.sub, account);
    const result = account.refuses
      ? { error: 'access_denied', error_description: 'not you' }
      : { login: { accountId: account.sub } };
    await now.interactionFinished(request, response, result);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  present = provider(issuer);
  console.log(issuer);
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const { new_keys, ...different } = JSON.parse(line);
    said = { ...said, ...different };
    keys = new_keys ? fresh() : keys;
    present = provider(issuer);
    console.log('done');
  });
  input.on('close', () => process.exit(0));
});
