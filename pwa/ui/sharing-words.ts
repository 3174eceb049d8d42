/** Sentences about sharing the history again. */
import type { ContactAsking, OwnAsking } from '../client/contract/history-sharing.ts'
import { describeDateShortly } from './timeline/days.ts'

type Question = Extract<ContactAsking, { state: 'asked' }>

/** What the contact's question would send. */
export function describeShareable(question: Question, contactName: string): string {
  const { ownCount, contactCount, firstAt, lastAt } = question
  const count = ownCount + contactCount
  if (count === 0 || firstAt === null || lastAt === null)
    return 'None of these messages can be read here, so there is nothing to send.'
  const whose = `${ownCount} of yours and ${contactCount} of ${contactName}’s`
  return `You would send ${countMessages(count)}, ${whose}, ${describePeriod(firstAt, lastAt)}.`
}

/** Who may be behind the question, and how to find out. */
export function describeAsker({ isCodeChanged, isVerified }: Question, contactName: string): string {
  if (isVerified) return `You have compared ${contactName}’s safety number, so it is ${contactName} who asks.`
  if (!isCodeChanged)
    return `${contactName}’s security code is the same as before, but you have never compared it.`
  return `${contactName}’s security code changed, and you have not compared the new one. Somebody else who got into ${contactName}’s account would ask just like this: compare the safety number first, in person or by voice.`
}

/** How far the question to the contact has come. */
export function describeOwnAsking(asking: OwnAsking, contactName: string): string {
  const { state, taken, total } = asking
  if (state === 'offer')
    return `Some messages cannot be read here, as this browser does not have their keys. ${contactName} may have them still.`
  if (state === 'asked')
    return `You asked ${contactName} to share the history again. Nothing has come yet: ${contactName} decides, and you are not told of a refusal.`
  if (state === 'coming')
    return `${contactName} shares the history with you: ${taken} of ${countMessages(total)} so far.`
  return describeOutcome(asking, contactName)
}

function describeOutcome({ taken, total, missing, refused }: OwnAsking, contactName: string): string {
  const sentences = [`${taken} of ${countMessages(total)} shared by ${contactName}.`]
  if (missing > 0) sentences.push(`${missing} could not be.`)
  if (refused > 0)
    sentences.push(`${refused} did not fit with what this browser knows, and ${be(refused)} refused.`)
  return sentences.join(' ')
}

const be = (count: number): string => (count === 1 ? 'was' : 'were')

const countMessages = (count: number): string => (count === 1 ? '1 message' : `${count} messages`)

function describePeriod(firstAt: number, lastAt: number): string {
  const [first, last] = [describeDateShortly(firstAt), describeDateShortly(lastAt)]
  return first === last ? `of ${first}` : `from ${first} to ${last}`
}
