// A relying party on openid-client. Each line of standard input asks for one step, [name, details], and is answered
// with a line: {answer} or {error}. The browser's part is done by who asks.
import { webcrypto } from 'node:crypto'
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

globalThis.crypto ??= webcrypto // Node.js 18
globalThis.CryptoKey ??= webcrypto.CryptoKey
const client = await import('openid-client')
const jose = await import('jose')

const keys = {}
const jwks = { keys: [] }
const logoutTokens = []
let config, checks, responseType, subject, tokens

function authentication(method, secret) {
  switch (method) {
    case 'none': return client.None()
    case 'client_secret_post': return client.ClientSecretPost(secret)
    case 'client_secret_jwt': return client.ClientSecretJwt(secret)
    case 'private_key_jwt': return client.PrivateKeyJwt(Object.values(keys).find((own) => own.use === 'sig'))
    default: return client.ClientSecretBasic(secret)
  }
}

function granted() {
  return { ...tokens, claims: tokens.claims() }
}

const steps = {
  // Makes a key pair for each algorithm; answers with the public halves, as the client registers them.
  async make_keys(algs) {
    for (const alg of algs) {
      const pair = await jose.generateKeyPair(alg, { extractable: true })
      const use = /^(RSA-OAEP|ECDH)/.test(alg) ? 'enc' : 'sig'
      const kid = `key-${alg}`
      keys[alg] = { key: pair.privateKey, kid, use, ...(use === 'enc' && { alg }) }
      jwks.keys.push({ ...(await jose.exportJWK(pair.publicKey)), kid, use, alg })
    }
    return jwks
  },

  async discover({ issuer, client_id, client_secret, metadata = {}, response_type = 'code' }) {
    const method = metadata.token_endpoint_auth_method
    const own = { client_secret, ...metadata }
    config = await client.discovery(new URL(issuer), client_id, own, authentication(method, client_secret))
    steps.configure(response_type)
    return config.serverMetadata()
  },

  // OpenID Connect Registration 3.
  async register({ issuer, metadata, initial_access_token, response_type = 'code' }) {
    const options = initial_access_token && { initialAccessToken: initial_access_token }
    config = await client.dynamicClientRegistration(new URL(issuer), metadata, undefined, options)
    steps.configure(response_type)
    return config.clientMetadata()
  },

  configure(type) {
    responseType = type
    if (type === 'code id_token') client.useCodeIdTokenResponseType(config)
    if (type === 'id_token') client.useIdTokenResponseType(config)
    // Signatures are checked too where TLS would do.
    client.enableNonRepudiationChecks(config)
    const encryption = Object.values(keys).filter((own) => own.use === 'enc')
    if (encryption.length) client.enableDecryptingResponses(config, undefined, ...encryption)
  },

  // With `signed_with`, in a request object (RFC 9101).
  async authorization_url({ signed_with, ...parameters }) {
    checks = { expectedState: client.randomState(), expectedNonce: client.randomNonce() }
    const request = { state: checks.expectedState, nonce: checks.expectedNonce, ...parameters }
    if (responseType !== 'id_token') {
      checks.pkceCodeVerifier = client.randomPKCECodeVerifier()
      request.code_challenge = await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier)
      request.code_challenge_method = 'S256'
    }
    return signed_with
      ? client.buildAuthorizationUrlWithJAR(config, request, keys[signed_with])
      : client.buildAuthorizationUrl(config, request)
  },

  // Where the browser was sent; as a form where `is_posted`.
  async callback({ url, is_posted }) {
    let request = new URL(url)
    if (is_posted) {
      request = new Request(request.origin + request.pathname, { method: 'POST', body: request.searchParams })
    }
    if (responseType === 'id_token') {
      return { claims: await client.implicitAuthentication(config, request, checks.expectedNonce, checks) }
    }
    tokens = await client.authorizationCodeGrant(config, request, checks)
    subject = tokens.claims().sub
    return granted()
  },

  async refresh() {
    const { id_token, refresh_token } = tokens
    tokens = await client.refreshTokenGrant(config, refresh_token)
    const answer = granted()
    tokens.id_token ??= id_token
    tokens.refresh_token ??= refresh_token
    return answer
  },

  async refresh_with(refresh_token) {
    return client.refreshTokenGrant(config, refresh_token)
  },

  async userinfo() {
    return client.fetchUserInfo(config, tokens.access_token, subject)
  },

  async client_credentials(parameters) {
    return client.clientCredentialsGrant(config, parameters)
  },

  async introspect(token) {
    return client.tokenIntrospection(config, token)
  },

  async revoke(token) {
    await client.tokenRevocation(config, token)
    return null
  },

  // OpenID Connect RP-Initiated Logout 2.
  end_session_url(parameters) {
    return client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, ...parameters })
  },

  // Publishes its keys, and listens for OpenID Connect Back-Channel Logout 2.5.
  async listen({ certificate, key }) {
    const tls = { cert: readFileSync(certificate), key: readFileSync(key) }
    const server = createServer(tls, async (request, response) => {
      if (request.method === 'GET') {
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(jwks))
        return
      }
      let body = ''
      for await (const chunk of request) body += chunk
      logoutTokens.push(new URLSearchParams(body).get('logout_token'))
      response.writeHead(200, { 'Cache-Control': 'no-store' }).end()
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { port: server.address().port }
  },

  // The next logout token, checked as section 2.6 says.
  async logout_token() {
    for (let waited = 0; !logoutTokens.length; waited += 50) {
      if (waited > 20_000) throw new Error('no logout token came')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { issuer, jwks_uri } = config.serverMetadata()
    const { payload } = await jose.jwtVerify(logoutTokens.shift(), jose.createRemoteJWKSet(new URL(jwks_uri)), {
      issuer, audience: config.clientMetadata().client_id, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti'],
    })
    return payload
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name, details] = JSON.parse(line)
  let answer
  try {
    answer = { answer: (await steps[name](details)) ?? null }
  } catch (error) {
    // Of a refusal in the body, or in the header WWW-Authenticate; of the library; or anything else.
    const refused = error.error ?? error.cause?.[0]?.parameters?.error
    answer = { error: refused ?? error.code ?? error.message, cause: String(error.cause?.message ?? error.cause) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
process.exit()
