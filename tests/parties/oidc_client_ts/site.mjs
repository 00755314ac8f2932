// The web server of a single-page app: its page, the library, and how it is connected. Each line of standard input
// asks for one step, [name, details], and is answered with a line.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createInterface } from 'node:readline'

const library = readFileSync('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js')
let settings

const steps = {
  async listen({ certificate, key, page }) {
    const tls = { cert: readFileSync(certificate), key: readFileSync(key) }
    const server = createServer(tls, (request, response) => {
      const answer = (type, body) => response.writeHead(200, { 'Content-Type': type }).end(body)
      const path = request.url.split('?')[0]
      if (path === '/oidc-client-ts.js') answer('text/javascript', library)
      else if (path === '/settings.json') answer('application/json', JSON.stringify(settings))
      else answer('text/html', page)
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { port: server.address().port }
  },

  connect(details) {
    settings = details
    return null
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name, details] = JSON.parse(line)
  process.stdout.write(JSON.stringify({ answer: await steps[name](details) }) + '\n')
}
process.exit()
