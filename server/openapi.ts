/**
 * The API as an OpenAPI 3.1 document, made from the route table and its schemas. `node server/openapi.ts` writes it to
 * openapi.json beside this file; a test fails when that is not what the schemas say.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { ERROR_STATUS, errorBody } from './wire/errors.ts'
import { type Route, routes } from './wire/routes.ts'
import { streamEvent } from './wire/stream.ts'
import { WIRE_VERSION } from './wire/version.ts'

type Json = Readonly<Record<string, unknown>>

export const OPENAPI_FILE = fileURLToPath(new URL('openapi.json', import.meta.url))

/** The document's text, as it stands in the file. */
export function makeOpenapi(): string {
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(name, route) }
  }
  const document = {
    openapi: '3.1.0',
    info: { title: 'Letterlock', version: String(WIRE_VERSION), license: { name: 'AGPL-3.0-or-later' } },
    paths,
    components: {
      schemas: { Refusal: toSchema(errorBody), StreamEvent: toSchema(streamEvent) },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: '__Host-session' } },
    },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function describeRoute(name: string, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    parameters: [...describeParameters(route.params, 'path'), ...describeParameters(route.query, 'query')],
    ...(route.body === null
      ? {}
      : { requestBody: { required: true, content: asJson(toSchema(route.body)) } }),
    responses: {
      200: { description: 'Success.', content: describeAnswer(route) },
      default: {
        description: `A refusal: one of ${Object.keys(ERROR_STATUS).join(', ')}.`,
        content: asJson({ $ref: '#/components/schemas/Refusal' }),
      },
    },
    ...(route.access === 'anyone' ? {} : { security: [{ session: [] }] }),
  }
}

function describeAnswer({ answer }: Route): Json {
  if (answer !== null) return asJson(toSchema(answer))
  return { 'text/event-stream': { schema: { $ref: '#/components/schemas/StreamEvent' } } }
}

function describeParameters(schema: GenericSchema, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = toJsonSchema(schema, SETTINGS)
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }))
}

/** Checks that JSON Schema has no word for are left out; a decimal in a path is described as the text that is sent. */
const SETTINGS = { typeMode: 'input', errorMode: 'ignore' } as const

function toSchema(schema: GenericSchema): Json {
  // OpenAPI 3.1 names the dialect once for the whole document.
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, SETTINGS)
  return rest
}

const asJson = (schema: Json): Json => ({ 'application/json': { schema } })

if (import.meta.main) await writeFile(OPENAPI_FILE, makeOpenapi())
