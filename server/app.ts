/** The whole application: what each request passes, from the outside in. */
import Koa from 'koa'
import type { Deps } from './deps.ts'
import { answerProbes } from './middleware/answer-probes.ts'
import { createDevices } from './middleware/devices.ts'
import { nameRequests } from './middleware/request-id.ts'
import { renderErrors, reportFault } from './middleware/render-errors.ts'
import { logRequests } from './middleware/request-log.ts'
import { setSecurityHeaders } from './middleware/security-headers.ts'
import { serveApp } from './middleware/serve-app.ts'
import { createSessions } from './middleware/session.ts'
import { accountRoutes } from './routes/accounts.ts'
import type { Handlers } from './routes/call.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { keyBackupRoutes } from './routes/key-backup.ts'
import { prekeyRoutes } from './routes/prekeys.ts'
import { createRouter, refuseUnknown } from './routes/register.ts'
import { securityRoutes } from './routes/security.ts'
import { sessionRoutes } from './routes/session.ts'
import { streamRoutes } from './routes/stream.ts'

/** Builds the application. It does not listen and reads no environment. */
export function buildApp(deps: Deps): Koa {
  const { config, db } = deps
  // One hop: the proxy writes the address that it sees itself.
  const app = new Koa({ proxy: config.isProxyTrusted, maxIpsCount: 1 })
  app.on('error', reportFault(deps))
  const sessions = createSessions(app, deps)
  const devices = createDevices(deps)
  const handlers: Handlers = {
    async health() {
      await db.raw('select 1')
      return { isReady: true }
    },
    ...sessionRoutes(deps, sessions, devices),
    ...securityRoutes(deps, sessions),
    ...accountRoutes(deps),
    ...prekeyRoutes(deps),
    ...keyBackupRoutes(deps),
    ...conversationRoutes(deps),
    ...streamRoutes(deps),
  }
  const router = createRouter({ config, sessions, handlers })

  app.use(setSecurityHeaders(config))
  app.use(answerProbes(deps))
  app.use(nameRequests(deps))
  app.use(logRequests(deps))
  app.use(renderErrors(deps))
  app.use(sessions.middleware)
  app.use(router.routes())
  app.use(refuseUnknown(router))
  app.use(serveApp(deps))
  return app
}
