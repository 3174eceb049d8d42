/** The client that the screens talk to: views of the account that is open, and the commands on it. */
import { fromBase64url } from '../protocol/bytes.ts'
import { Refused } from './api/http.ts'
import type { AccountDoor } from './account-door.ts'
import { askForFactor, type KeyAsker } from './ask-for-factor.ts'
import { createAccountSecurity } from './account-security.ts'
import { createKeyBackup } from './backup/key-backup.ts'
import type { WorkSolver } from './captcha/work-solver.ts'
import type { Client } from './contract/client.ts'
import { ClientError } from './contract/client-error.ts'
import type { Timeline } from './contract/conversation.ts'
import type { Live } from './contract/live.ts'
import type { Status } from './contract/status.ts'
import { replaceIdentity } from './commands/identity.ts'
import { markRead } from './commands/mark-read.ts'
import { noteKeysLost } from './commands/note-keys-lost.ts'
import { retryParked } from './commands/retry-parked.ts'
import { keepMessage } from './commands/send-message.ts'
import { takeBack } from './commands/take-back.ts'
import { markVerified, unmarkVerified } from './commands/verify-contact.ts'
import { withdrawMessage } from './commands/withdraw-message.ts'
import { createCryptoRecorder } from './crypto-recorder.ts'
import { createDrafts } from './drafts.ts'
import { createEntrance, type EntranceParts } from './entrance.ts'
import { readConversationView } from './history/conversation-view.ts'
import { readKeySets } from './history/key-set-summaries.ts'
import { readOutbox } from './history/outbox-view.ts'
import { readSummaries, readTimeline } from './history/timeline.ts'
import { createCell, liveFromQuery, switchLive } from './live.ts'
import type { OpenAccount } from './open-account.ts'
import { readAcquaintance, watchSafetyNumber } from './safety-number-view.ts'
import { watchSessionEnd } from './session-warning.ts'
import { createStorageCare } from './storage-care.ts'
import { whereabouts } from './sync/elsewhere.ts'
import { askForHistory, dismissAsking } from './sharing/ask-for-history.ts'
import { declineAsk, shareHistory, stopSharing } from './sharing/answer-ask.ts'
import { NOTHING_SHARED, readSharing } from './sharing/sharing-view.ts'
import { refreshKeySet } from './sync/seal-waiting.ts'
import { ensureConversation } from './sync/stream-loop.ts'

const ACTIVITY_EVERY_MS = 60_000

const emptyTimeline: Timeline = { items: [], hasOlder: false }

export interface ClientParts extends EntranceParts {
  readonly keys: KeyAsker
  readonly solver: WorkSolver
}

/** Makes the client, which begins to find out who is signed in. */
export function createClient(parts: ClientParts): Client {
  const { api, keys, solver, nowMs } = parts
  const recorder = createCryptoRecorder({ ...parts.environment, nowMs })
  const environment = { ...parts.environment, logCrypto: recorder.record }
  const sessionWarning = watchSessionEnd({ api, nowMs })
  const { door, status, welcome, signOut, signOutAndErase, endPending, checkSession } = createEntrance({
    ...parts,
    environment,
  })
  const drafts = createDrafts(() => door.value?.open.database ?? null)
  let lastActivityMs = 0
  forgetOnLeaving(status, () => {
    recorder.clear()
    drafts.forget()
  })

  function inside(): AccountDoor {
    const opened = door.value
    if (!opened) throw new ClientError('refused', 'not_signed_in')
    return opened
  }

  const whenOpen = <T>(ifClosed: T, choose: (open: OpenAccount) => Promise<T>): Live<T> =>
    switchLive(door, (opened) => {
      if (!opened) return createCell(ifClosed)
      const { open } = opened
      return switchLive(open.vault.keys, () => liveFromQuery(() => choose(open), open))
    })

  const care = createStorageCare({ environment, door, inside, whenOpen, asErrors })
  const thenTend = (
    contact: number,
    command: (open: OpenAccount, conversation: number) => Promise<void>,
  ): Promise<void> =>
    asErrors(async () => {
      const { open, tender } = inside()
      await command(open, contact)
      tender.tend(contact)
    })

  const readerOf = (open: OpenAccount) => ({
    database: open.database,
    self: open.account.id,
    heldExchanges: open.vault.heldExchanges(),
  })

  return {
    status,
    conversations: whenOpen([], (open) => readSummaries(readerOf(open))),
    conversation: (contact) =>
      whenOpen(null, (open) =>
        readConversationView(open.database, contact, {
          sealableExchanges: open.vault.sealableExchanges(),
          isMovedAway: async (log) => (await whereabouts(open, log)) === 'away',
        }),
      ),
    timeline: (contact, limit) =>
      whenOpen(emptyTimeline, (open) => readTimeline(readerOf(open), contact, limit)),

    beginCaptcha: () =>
      asErrors(async () => {
        await endPending()
        const { picture, work } = await api.call('beginCaptcha', { body: {} })
        return { picture: new Blob([fromBase64url(picture)], { type: 'image/png' }), work }
      }),
    solveCaptcha: ({ work }, options) =>
      asErrors(async () => ({ type: 'work', numbers: await solver.solve(work, options) })),
    beginEnrolment: (username, password, captcha) =>
      asErrors(async () => {
        await endPending()
        return api.call('beginEnrolment', { body: { username, password, captcha } })
      }),
    confirmEnrolment: (code) =>
      asErrors(async () => (await api.call('confirmEnrolment', { body: { code } })).codes),
    activateEnrolment: () => asErrors(async () => welcome(await api.call('activateEnrolment', { body: {} }))),
    logIn: (username, password, second, captcha) =>
      asErrors(async () => {
        await endPending()
        const factor = await askForFactor(second, keys, () =>
          api.call('beginWebauthnLogin', { body: { username } }),
        )
        const body = { username, password, second: factor, ...(captcha ? { captcha } : {}) }
        await welcome(await api.call('login', { body }))
      }),
    sessionWarning,
    reauthenticate: (password) =>
      asErrors(async () => {
        await api.call('reauthenticate', { body: { password } })
      }),
    logOut: () =>
      asErrors(async () => {
        await drafts.keep()
        await signOut()
      }),

    eraseBrowser: () =>
      asErrors(async () => {
        drafts.forget()
        await signOutAndErase()
      }),

    security: createAccountSecurity({ api, keys, inside, whenOpen, asErrors, signOut, checkSession }),

    backup: createKeyBackup({ inside, whenOpen, asErrors, onMade: care.askSilently }),
    storage: care,

    startConversation: (username) =>
      asErrors(async () => {
        const { open } = inside()
        const found = await api.call('findAccount', { params: { username } }).catch((error: unknown) => {
          if (error instanceof Refused && error.code === 'account_not_found') return null
          throw error
        })
        if (!found) return null
        await ensureConversation(open, found)
        return { id: found.id, username: found.username }
      }),
    sendMessage: (contact, text) => {
      care.askSilently()
      return thenTend(contact, (open) => keepMessage(open, contact, text, drafts.take(contact)))
    },
    readDraft: (contact) => drafts.read(contact),
    noteDraft: (contact, text) => drafts.note(contact, text),
    keepDrafts: () => drafts.keep(),
    refreshKeys: (contact) => asErrors(() => refreshKeySet(inside().open, contact)),
    sendHeld: (contact) =>
      thenTend(contact, async ({ database }) => {
        await database.conversations.update(contact, { heldUpTo: null })
      }),
    takeBack: (contact) =>
      asErrors(async () => {
        const { open, tender } = inside()
        await takeBack(open, contact)
        tender.pullAndTend(contact)
      }),
    outbox: whenOpen([], (open) => readOutbox(open.database)),
    retryParked: (contact) =>
      asErrors(async () => {
        const { open, wake } = inside()
        await retryParked(open, contact)
        wake()
      }),
    withdrawMessage: (message) =>
      asErrors(async () => {
        const { open, tender } = inside()
        const { conversation } = await withdrawMessage(open, message)
        tender.tend(conversation)
        open.drainSoon()
      }),
    editMessage: (message) =>
      asErrors(async () => {
        const { open, tender } = inside()
        const row = await open.database.messages.get(message)
        const typed = row ? await drafts.read(row.conversation) : ''
        const { conversation } = await withdrawMessage(open, message, { typed })
        drafts.take(conversation)
        tender.tend(conversation)
        open.drainSoon()
      }),
    markRead: (contact) => asErrors(() => markRead(inside().open, contact)),

    sharing: (contact) => whenOpen(NOTHING_SHARED, (open) => readSharing(open.database, contact)),
    askForHistory: (contact) => thenTend(contact, askForHistory),
    dismissAsking: (contact) => asErrors(() => dismissAsking(inside().open, contact)),
    shareHistory: (contact, ask) => thenTend(contact, (open) => shareHistory(open, contact, ask)),
    declineAsk: (contact, ask) => asErrors(() => declineAsk(inside().open, contact, ask)),
    stopSharing: (contact) => thenTend(contact, stopSharing),

    safetyNumber: (contact) => watchSafetyNumber(whenOpen(null, (open) => readAcquaintance(open, contact))),
    markVerified: (contact, shown) => thenTend(contact, (open) => markVerified(open, contact, shown)),
    unmarkVerified: (contact) => asErrors(() => unmarkVerified(inside().open, contact)),

    cryptoLog: recorder.rows,
    isCryptoLogOn: recorder.isOn,
    setCryptoLog: (isOn) => asErrors(async () => recorder.setOn(isOn)),
    keySets: whenOpen([], (open) => readKeySets(open.database)),

    putKeysBack: () => asErrors(() => inside().open.vault.putBack()),
    goOnWithoutKeys: () =>
      asErrors(async () => {
        const { open, wake } = inside()
        await replaceIdentity(open)
        await noteKeysLost(open)
        wake()
      }),
    acceptLoss: () => asErrors(() => inside().open.install.accept()),
    retry() {
      door.value?.wake()
      void checkSession()
    },
    reportActivity() {
      const open = door.value?.open
      if (open) care.noteVisit()
      if (open?.session.value !== 'active' || nowMs() - lastActivityMs < ACTIVITY_EVERY_MS) return
      lastActivityMs = nowMs()
      api
        .call('reportActivity', { body: { active: true } })
        .catch((error: unknown) => open.noteFailure(error))
    },
  }
}

/** What one account did is not for the next one that signs in on this page. */
function forgetOnLeaving(status: Live<Status>, forget: () => void): void {
  let last: number | null = null
  status.subscribe(({ who }) => {
    const account = 'account' in who ? who.account.id : null
    if (last !== null && account !== last) forget()
    last = account
  })
}

/** What a command may throw, in the words that the screens know. */
async function asErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ClientError) throw error
    if (error instanceof Refused)
      throw new ClientError('refused', error.code, { cause: error, retryAfterMs: error.retryAfterMs })
    if (error instanceof Error && error.name === 'Unreachable')
      throw new ClientError('unreachable', null, { cause: error })
    throw new ClientError('storage_failed', null, { cause: error })
  }
}
