/** Every route: method, path, who may call it, and the schemas of what it takes and gives. */
import * as v from 'valibot'
import * as accounts from './account.ts'
import * as log from './log.ts'
import * as prekeys from './prekey.ts'
import { accountId, seq, username } from './primitives.ts'

/** A decimal number in a path or a query. */
const decimal = (schema: v.GenericSchema<number, number>) =>
  v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,15})$/), v.transform(Number), schema)

const empty = v.strictObject({})
const contactPath = v.strictObject({ contact: decimal(accountId) })
const pageQuery = v.strictObject({
  after: decimal(seq),
  limit: v.optional(decimal(v.pipe(v.number(), v.minValue(1), v.maxValue(log.PAGE_MOST_ENTRIES)))),
})

/** Who may call: anyone, a pre-session (token in the body, nobody signed in), or a session. */
export type Access = 'anyone' | 'pre-session' | 'session'

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly params: v.GenericSchema
  readonly query: v.GenericSchema
  /** Null for GET. */
  readonly body: v.GenericSchema | null
  /** Null for the live stream, whose events `stream.ts` defines. */
  readonly answer: v.GenericSchema | null
  readonly bodyMostBytes: number
}

const SMALL = 64 * 1024
/** Escapes in JSON can double the bytes of an envelope's text; the limit on the entries themselves is the command's. */
const APPEND = 2 * log.APPEND_MOST_BYTES + SMALL

const get = { method: 'GET', params: empty, query: empty, body: null, bodyMostBytes: 0 } as const
const post = { method: 'POST', params: empty, query: empty, bodyMostBytes: SMALL } as const

export const routes = {
  health: {
    ...get,
    path: '/api/health',
    access: 'anyone',
    summary: 'Answers when the server and its database do.',
    answer: v.strictObject({ isReady: v.literal(true) }),
  },
  session: {
    ...get,
    path: '/api/session',
    access: 'anyone',
    summary: 'Who is signed in, and the token for bodies. Makes a pre-session when there is no session.',
    answer: accounts.session,
  },
  beginEnrolment: {
    ...post,
    path: '/api/enrolment/begin',
    access: 'pre-session',
    summary: 'Name and password; gives the secret for one-time codes. Nothing is signed in yet.',
    body: accounts.beginEnrolmentBody,
    answer: accounts.enrolmentSecret,
  },
  confirmEnrolment: {
    ...post,
    path: '/api/enrolment/confirm',
    access: 'pre-session',
    summary: 'Proof of one code; gives ten recovery codes, once.',
    body: accounts.confirmEnrolmentBody,
    answer: accounts.recoveryCodes,
  },
  activateEnrolment: {
    ...post,
    path: '/api/enrolment/activate',
    access: 'pre-session',
    summary: 'The codes are saved: the account becomes active and is signed in.',
    body: accounts.tokenBody,
    answer: accounts.session,
  },
  login: {
    ...post,
    path: '/api/login',
    access: 'pre-session',
    summary: 'Password and second factor, judged together.',
    body: accounts.loginBody,
    answer: accounts.session,
  },
  endSession: {
    ...post,
    path: '/api/session/end',
    access: 'session',
    summary: 'Logs out.',
    body: accounts.tokenBody,
    answer: empty,
  },
  reportActivity: {
    ...post,
    path: '/api/session/activity',
    access: 'session',
    summary: 'The person did something: moves the idle limit.',
    body: accounts.activityBody,
    answer: accounts.session,
  },
  findAccount: {
    ...get,
    path: '/api/accounts/by-name/:username',
    access: 'session',
    summary: 'An account by its exact username, with its identity key.',
    params: v.strictObject({ username }),
    answer: accounts.contactRecord,
  },
  account: {
    ...get,
    path: '/api/accounts/:contact',
    access: 'session',
    summary: 'An account by its id, with its identity key.',
    params: contactPath,
    answer: accounts.contactRecord,
  },
  ownIdentity: {
    ...get,
    path: '/api/identity',
    access: 'session',
    summary: 'The identity key this account has published.',
    answer: accounts.ownIdentity,
  },
  publishIdentity: {
    ...post,
    path: '/api/identity',
    access: 'session',
    summary: 'Publishes an identity key, by compare and swap.',
    body: accounts.publishIdentityBody,
    answer: accounts.ownIdentity,
  },
  prekeyStock: {
    ...get,
    path: '/api/prekeys',
    access: 'session',
    summary: 'How many one-time prekeys of this account are left.',
    answer: prekeys.prekeyStock,
  },
  publishPrekeys: {
    ...post,
    path: '/api/prekeys',
    access: 'session',
    summary: 'Adds one-time prekeys to the stock of the published identity.',
    body: prekeys.publishPrekeysBody,
    answer: prekeys.prekeyStock,
  },
  drawPrekey: {
    ...post,
    path: '/api/accounts/:contact/prekey',
    access: 'session',
    summary: 'Hands out one prekey of another account, each once.',
    params: contactPath,
    body: accounts.tokenBody,
    answer: prekeys.drawnPrekey,
  },
  beginRun: {
    ...post,
    path: '/api/run',
    access: 'session',
    summary: 'Swaps the run token of an install and returns the marks.',
    body: accounts.beginRunBody,
    answer: accounts.runRecord,
  },
  conversations: {
    ...get,
    path: '/api/conversations',
    access: 'session',
    summary: 'All conversations of this account.',
    answer: log.conversationList,
  },
  append: {
    ...post,
    path: '/api/conversations/:contact/entries',
    access: 'session',
    summary: 'Appends up to 100 entries; the same entry id is one entry for ever.',
    params: contactPath,
    body: log.appendBody,
    answer: log.appendAnswer,
    bodyMostBytes: APPEND,
  },
  pull: {
    ...get,
    path: '/api/conversations/:contact/entries',
    access: 'session',
    summary: 'The page of entries after a cursor.',
    params: contactPath,
    query: pageQuery,
    answer: log.logPage,
  },
  applied: {
    ...post,
    path: '/api/conversations/:contact/applied',
    access: 'session',
    summary: 'How far this browser has applied the log.',
    params: contactPath,
    body: log.appliedBody,
    answer: empty,
  },
  stream: {
    ...get,
    path: '/api/stream',
    access: 'session',
    summary: 'Live events, as server-sent events.',
    answer: null,
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
export type Routes = typeof routes
export type ParamsOf<N extends RouteName> = v.InferOutput<Routes[N]['params']>
export type QueryOf<N extends RouteName> = v.InferOutput<Routes[N]['query']>
export type BodyOf<N extends RouteName> = Routes[N]['body'] extends v.GenericSchema
  ? v.InferOutput<Routes[N]['body']>
  : null
export type AnswerOf<N extends RouteName> = Routes[N]['answer'] extends v.GenericSchema
  ? v.InferOutput<Routes[N]['answer']>
  : null
