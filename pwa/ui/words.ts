/** Every sentence that stands for a code: what happened and what to do next. No code ever reaches the screen. */
import { ClientError, type ClientErrorCode } from '../client/contract/client-error.ts'
import type { MessageState, NoticeKind } from '../client/contract/conversation.ts'
import type { ErrorCode } from '../../server/wire/errors.ts'

const RELOAD = 'Reload the page and try again.'

const SERVER_WORDS: Readonly<Record<ErrorCode, string>> = {
  invalid_body: `The server did not understand this. ${RELOAD}`,
  invalid_path: `The server did not understand this. ${RELOAD}`,
  password_malformed:
    'This password holds a character that cannot be stored. Please choose another password.',
  password_unassigned_character:
    'This password holds a character that no standard defines yet. Please choose another password.',
  password_too_short: 'This password is too short. Use at least 8 characters; 15 or more are better.',
  password_too_long: 'This password is too long. Use at most 128 characters.',
  password_contextual:
    'This password is made of your username, of the name of this service or of a word that everybody tries first. Please choose a different one, for example a few unrelated words.',
  password_sequence:
    'This password is a row or a repetition of characters, which is guessed first. Please choose a different one, for example a few unrelated words.',
  password_common:
    'This password is one of those that people use most. Please choose a different one, for example a few unrelated words.',
  password_breached:
    'This password has appeared in a data breach, so others know it. Please choose a different one, and change it wherever else you use it.',
  invalid_code: 'That code is not right. Wait for the next one in your authenticator app and type that.',
  captcha_wrong: 'That was not what the picture shows. Here is a new one: please try again.',
  captcha_required:
    'Several sign-ins have failed. To go on, type the characters of the picture below as well, and sign in again.',
  captcha_missing: 'That picture has expired or was used already. Here is a new one: please try again.',
  not_signed_in: 'Your session has ended. Sign in again to go on.',
  invalid_credentials:
    'Username, password or second factor is not right. Check all three. Each code works only once, and a passkey or security key only if you have added it.',
  csrf_mismatch: `This page is out of step with the server. ${RELOAD}`,
  wrong_password: 'That password is not right. Check it and type it again.',
  wrong_origin: 'This page was opened under another address than the server expects. Open the usual address.',
  password_change_required:
    'Somebody else may know your password. Change it before you go on; everything else waits until then.',
  not_found: `The server does not know this. ${RELOAD}`,
  account_not_found: 'Nobody here has that username. Check the spelling: it has to match exactly.',
  method_not_allowed: `The server did not understand this. ${RELOAD}`,
  username_taken: 'That username is taken. Please choose another one.',
  key_backup_conflict:
    'Another browser of yours stored a key backup at the same moment. Reload the page to see where things stand.',
  identity_conflict:
    'Another browser of yours published its keys at the same moment. Reload the page to see where things stand.',
  webauthn_invalid:
    'This passkey or security key cannot be used here. It may be on an account already, or of a kind that is too old. Please try another one.',
  webauthn_synced:
    'This passkey can be copied to other devices, which this server does not allow. Use a security key, or a passkey that stays on one device.',
  authenticator_not_found: 'That app or key has changed meanwhile. Reload the page to see how it stands.',
  last_factor:
    'Nothing else is left that lets you in: without it you would be locked out for good. Make new recovery codes first, or add another app or key.',
  totp_not_found: 'That authenticator app was removed already.',
  totp_full: 'This account has three authenticator apps, and cannot have more. Remove one first.',
  totp_last:
    'This is your only authenticator app. Add another one before you remove it, or replace it by another one.',
  webauthn_not_found: 'That passkey or security key was removed already.',
  webauthn_missing:
    'That took too long: a passkey or security key has to answer within five minutes. Please try again.',
  webauthn_full: 'This account has ten passkeys and security keys, and cannot have more. Remove one first.',
  session_not_found: 'That session has ended already.',
  step_up_required: 'Confirm with your password and a code that it is you, then try again.',
  replacement_missing:
    'This has expired: a new authenticator app has to be confirmed within 15 minutes. Please begin again.',
  enrolment_missing:
    'This registration has expired: it has to be finished within 15 minutes. Please begin again.',
  enrolment_out_of_order: 'This registration was begun anew somewhere else. Please begin again here.',
  cursor_beyond_head: `This browser has seen more than the server knows. ${RELOAD}`,
  body_too_large: 'That is too large to send. Send it in parts.',
  wrong_content_type: `The server did not understand this. ${RELOAD}`,
  conversation_with_self: 'That is your own username. Type the name of somebody else.',
  too_many_streams: 'Letterlock is open in too many tabs. Close some of them.',
  too_many_draws: 'Too many first messages in one hour. What you wrote is kept, and sent later by itself.',
  too_many_registrations:
    'Many accounts were created from your network within an hour. Wait a while, then try again.',
  too_many_entries: 'Many messages within a minute. What you wrote is kept, and sent by itself in a moment.',
  too_many_attempts: 'Too many attempts failed. Wait a while, then try again.',
  attempts_spent:
    'Too many attempts failed, so signing in is locked on this browser. Sign in on a browser where you have signed in before; that unlocks it here.',
  busy: 'The server is busy. Wait a moment and try again.',
  internal: 'The server had a fault. Nothing was lost; try again in a moment.',
}

const CLIENT_WORDS: Readonly<Record<ClientErrorCode, string>> = {
  unreachable: 'The server cannot be reached. Check your connection and try again.',
  refused: `The server refused this. ${RELOAD}`,
  message_too_long: 'This message is too long. Send it in parts.',
  message_on_its_way: 'This message is on its way already, or may have arrived, so it cannot be taken back.',
  message_empty: 'Write something first.',
  backup_missing: 'There is no key backup on the server. Choose the file that you saved instead.',
  backup_code_mistyped:
    'This is no backup code: a character is wrong or missing. It has seven groups of four. Compare it with what you wrote down.',
  backup_other_account:
    'This backup belongs to another account. Sign in to that account, or choose the backup of this one.',
  backup_not_a_backup: 'This file is not a key backup of Letterlock. Choose another file.',
  backup_truncated:
    'The end of this file is missing. Get a whole copy of it, for example where it was first saved.',
  backup_damaged: 'This file was changed or damaged since it was made. Choose another copy of it.',
  backup_too_old: 'This backup was made by an older version, which this one cannot read.',
  backup_too_new: 'This backup was made by a newer version. Update Letterlock, then restore it.',
  backup_wrong_secret:
    'This code or passphrase does not open this backup. Check it, or choose the backup that it belongs to.',
  stretch_failed:
    'This browser could not work on the passphrase. Close other tabs and try again, or use a backup code.',
  no_keys_yet: 'There are no keys to refresh yet. They are exchanged with the first message.',
  keys_gone: 'Your keys are gone from this browser. Choose above how to go on, then send again.',
  safety_number_changed: 'The safety number changed while you compared it. Please compare the new one.',
  step_up_declined: 'Nothing was changed. Confirm that it is you to go on.',
  key_declined:
    'No passkey or security key was used. Try again, or choose another way; a key works only if you have added it to this account.',
  key_timed_out: 'Nobody answered in time. Have your passkey or security key at hand and try again.',
  key_unsupported:
    'This browser cannot use passkeys or security keys here. Choose another way, or use another browser.',
  key_known: 'That passkey or security key is on your account already. Use another one.',
  key_failed:
    'The passkey or security key did not work. Take it out, put it in again and try once more, or choose another way.',
  work_failed: 'This browser could not do that work. Type the characters of the picture instead.',
  storage_failed: 'This browser could not store that. Free some space on this device and try again.',
}

const FAULT =
  'Something went wrong on this page. What you wrote is still here; reload the page and try again.'

/** The sentence for anything a command may throw. */
export function describeError(error: unknown): string {
  if (!(error instanceof ClientError)) return FAULT
  if (error.code !== 'refused') return CLIENT_WORDS[error.code]
  if (error.serverCode === 'too_many_attempts' && error.retryAfterMs !== null)
    return `Too many attempts failed. Wait ${describeWait(error.retryAfterMs)}, then try again.`
  return wordFrom(SERVER_WORDS, error.serverCode) ?? CLIENT_WORDS.refused
}

/** A time to wait, never shorter than it is. */
function describeWait(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1000)
  if (seconds <= 90) return seconds === 1 ? 'a second' : `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  return minutes >= 60 ? 'an hour' : `${minutes} minutes`
}

/** True if a login has to come with a captcha from now on. */
export const asksForCaptcha = (error: unknown): boolean =>
  error instanceof ClientError && error.serverCode === 'captcha_required'

/** True if a login was refused for its captcha alone: the second factor was not looked at. */
export const leavesCode = (error: unknown): boolean =>
  error instanceof ClientError && (error.serverCode?.startsWith('captcha_') ?? false)

/** True if a registration cannot go on and has to begin again. */
export function endsEnrolment(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false
  return error.serverCode === 'enrolment_missing' || error.serverCode === 'enrolment_out_of_order'
}

export const STATE_WORDS: Readonly<Record<MessageState, string>> = {
  waiting: 'Waiting for keys',
  queued: 'Queued',
  sent: 'Sent',
  delivered: 'Delivered',
  failed: 'Not sent',
}

const NOTICE_WORDS: Readonly<Record<NoticeKind, (contactName: string) => string>> = {
  'keys-exchanged': () => 'Keys exchanged. Messages here are end-to-end encrypted.',
  'keys-changed': () => 'Keys changed',
  'security-code-changed': (name) => `${name}’s security code changed`,
  'keys-lost-here': () => 'The keys in this browser were lost. New ones are used from here on.',
  'exchange-failed': (name) => `A key exchange with ${name} did not work out. The next one begins by itself.`,
  'keys-elsewhere': (name) =>
    `Another browser of yours exchanged keys with ${name}, or this one did before it lost them. What they seal cannot be read here.`,
  'messages-missing': (name) => `Some messages of ${name} never arrived here. Ask ${name} about them.`,
  'log-differs': (name) =>
    `${name} was shown another history of this conversation than you. The server may be at fault.`,
  'contact-went-back': (name) =>
    `The browser of ${name} went back to an earlier state, as after restoring an old copy. What was sent in between may be missing there.`,
  'copied-browser': () =>
    'You did not write the next message in this browser: a copy of it is in use. If it is not yours, change your password.',
  'history-asked': (name) => `${name} asked you to share the history of this conversation again.`,
  'history-asked-here': (name) => `You asked ${name} to share the history of this conversation again.`,
  'history-shared-here': (name) => `You shared the history of this conversation with ${name}.`,
}

/** The line that stands in the conversation for a notice. */
export function describeNotice(notice: NoticeKind, contactName: string): string {
  return NOTICE_WORDS[notice](contactName)
}

/** What stands above the field while there are no keys in common. */
export function describeExchange(situation: {
  readonly contactName: string
  readonly isContactOnline: boolean
  /** Something was written that waits for keys. */
  readonly hasWaiting: boolean
}): string {
  const { contactName, isContactOnline, hasWaiting } = situation
  if (!hasWaiting) return `Write to ${contactName}: keys are exchanged with the first message.`
  if (isContactOnline) return `Exchanging keys with ${contactName}…`
  return `Waiting for keys of ${contactName}. What you write is kept on this device and sent by itself, at the latest when you are online together.`
}

const NO_KEYS = 'This message cannot be read: its keys are not in this browser.'
const ALTERED = 'This message cannot be read: it was damaged or altered on its way.'
const NO_MESSAGE = 'This message cannot be read: it does not have the form of a message.'

const UNREADABLE_WORDS: Readonly<Record<string, string>> = {
  no_exchange: NO_KEYS,
  no_keys: NO_KEYS,
  other_browser: 'You sent this with keys that are not in this browser. It can be read only where they are.',
  mac: ALTERED,
  decryption: ALTERED,
  malformed: NO_MESSAGE,
  content: NO_MESSAGE,
  newer_version: 'This message was written with a newer version of Letterlock. This version cannot show it.',
  replay: 'An older message was sent a second time. It was refused.',
  played_back: 'One of your own messages was sent back to you. It was refused.',
  key_set_conflict: 'A message came under keys that contradict earlier ones. It was refused.',
}

/** Why an entry cannot be read, in plain words. */
export function describeUnreadable(reason: string): string {
  return wordFrom(UNREADABLE_WORDS, reason) ?? 'This message cannot be read in this browser.'
}

function wordFrom(words: Readonly<Record<string, string>>, code: string | null): string | null {
  return code !== null && Object.hasOwn(words, code) ? (words[code] ?? null) : null
}
