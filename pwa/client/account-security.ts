/** The account page's commands, and what other sessions did to the account. Nothing here works without the server. */
import type { Api } from './api/http.ts'
import type { AccountDoor } from './account-door.ts'
import { askForFactor, type KeyAsker } from './ask-for-factor.ts'
import type { AccountSecurity, SecurityNews } from './contract/account-security.ts'
import type { Live } from './contract/live.ts'
import { dismissSecurityNotice, readSecurityNews } from './history/security-news.ts'
import type { OpenAccount } from './open-account.ts'

export interface AccountSecurityParts {
  readonly api: Api
  readonly keys: KeyAsker
  /** The account that is open; throws while nobody is signed in. */
  readonly inside: () => AccountDoor
  readonly whenOpen: <T>(ifClosed: T, choose: (open: OpenAccount) => Promise<T>) => Live<T>
  /** Turns what a command throws into a ClientError. */
  readonly asErrors: <T>(work: () => Promise<T>) => Promise<T>
  /** Closes the account in this browser. */
  readonly signOut: () => Promise<void>
  /** Asks the server whether the session goes on, and what it may do. */
  readonly checkSession: () => Promise<void>
}

const noNews: SecurityNews = { newestAt: 0, notice: null }

export function createAccountSecurity(parts: AccountSecurityParts): AccountSecurity {
  const { api, keys, inside, whenOpen, asErrors, signOut, checkSession } = parts
  return {
    news: whenOpen(noNews, ({ database }) => readSecurityNews(database)),
    dismissNotice: () => asErrors(() => dismissSecurityNotice(inside().open.database)),
    sessions: () => asErrors(async () => (await api.call('sessions')).sessions),
    authenticators: () => asErrors(async () => (await api.call('authenticators')).authenticators),
    events: () => asErrors(async () => (await api.call('securityEvents')).events),
    stepUp: (password, second) =>
      asErrors(async () => {
        const { open, wake } = inside()
        const factor = await askForFactor(second, keys, () => api.call('beginWebauthnStepUp', { body: {} }))
        await api.call('stepUp', { body: { password, second: factor } })
        // An answer under way may have said of the value before that nobody is signed in.
        open.session.set('active')
        wake()
      }),
    endOtherSession: (session) =>
      asErrors(async () => void (await api.call('endOtherSession', { params: { session }, body: {} }))),
    endOtherSessions: () => asErrors(async () => void (await api.call('endOtherSessions', { body: {} }))),
    changePassword: (password) =>
      asErrors(async () => {
        await api.call('changePassword', { body: { password } })
        await checkSession()
      }),
    makeRecoveryCodes: () => asErrors(async () => (await api.call('makeRecoveryCodes', { body: {} })).codes),
    beginApp: () => asErrors(() => api.call('beginTotp', { body: {} })),
    confirmApp: (app) => asErrors(async () => void (await api.call('confirmTotp', { body: app }))),
    removeApp: (app) =>
      asErrors(async () => void (await api.call('removeTotp', { params: { app }, body: {} }))),
    addKey: (name) =>
      asErrors(async () => {
        const key = await keys.create(await api.call('beginWebauthn', { body: {} }))
        await api.call('confirmWebauthn', { body: { name, key } })
      }),
    removeKey: (key) =>
      asErrors(async () => void (await api.call('removeWebauthn', { params: { key }, body: {} }))),
    suspend: (authenticator) =>
      asErrors(
        async () => void (await api.call('suspendAuthenticator', { params: { authenticator }, body: {} })),
      ),
    reactivate: (authenticator) =>
      asErrors(
        async () => void (await api.call('reactivateAuthenticator', { params: { authenticator }, body: {} })),
      ),
    reportLoss: (report) => asErrors(async () => void (await api.call('reportLoss', { body: report }))),
    recoverPassword: (recovery) =>
      asErrors(async () => void (await api.call('recoverPassword', { body: recovery }))),
    deleteAccount: (username) =>
      asErrors(async () => {
        await api.call('deleteAccount', { body: { username } })
        await signOut()
      }),
  }
}
