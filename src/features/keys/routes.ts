// The endpoints of master keys: under /v1, and where Halo has its own for re-encrypting.
import { type Route, route } from '#http/route.ts';
import { readKeys, readOld } from './queries.ts';
import { type KeyPorts, startRotation } from './start.ts';
import {
  checksToWire,
  KeysWire,
  keysToWire,
  OldEncryptionWire,
  oldToWire,
  RotateWire,
  RotationWire,
  rotationToWire,
  SecurityCheckWire,
  UpdateEncWire,
  updateEncToWire,
} from './wire.ts';

export function keyRoutes(ports: KeyPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/keys',
      summary:
        'The master keys, what is sealed with each, and the rotation that runs or was the last',
      dialect: 'v1',
      access: ['keys:rotate'],
      answers: { 200: KeysWire },
      handle: async () => ({
        status: 200,
        body: keysToWire(await readKeys(ports.db), ports.keys.ownFile),
      }),
    }),
    route({
      method: 'POST',
      path: '/v1/keys/rotate',
      summary: 'Changes to a new master key, online; one that runs already is gone on with',
      dialect: 'v1',
      access: ['keys:rotate'],
      body: RotateWire,
      answers: { 202: RotationWire },
      async handle({ actor, body }) {
        const how = body.updateOnly ? 'update' : 'rotate';
        return { status: 202, body: rotationToWire(await startRotation(ports, actor, how)) };
      },
    }),
    ...haloRoutes(ports),
  ];
}

function haloRoutes(ports: KeyPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/Control/UpdateEnc',
      summary: 'Brings up to date what is encrypted with an older key or format',
      dialect: 'halo',
      access: ['keys:rotate'],
      answers: { 201: UpdateEncWire },
      handle: async ({ actor }) => ({
        status: 201,
        body: updateEncToWire(await startRotation(ports, actor, 'update')),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/SecurityCheck',
      summary: 'How secrets are kept, check by check',
      dialect: 'halo',
      access: ['keys:rotate'],
      answers: { 200: SecurityCheckWire },
      handle: async () => ({
        status: 200,
        body: checksToWire(await readKeys(ports.db), ports.keys.ownFile),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/SecurityCheck/oldencryption',
      summary: 'What is still encrypted with an older key or format',
      dialect: 'halo',
      access: ['keys:rotate'],
      answers: { 200: OldEncryptionWire },
      async handle() {
        await ports.keys.refresh();
        return { status: 200, body: oldToWire(await readOld(ports.db, ports.keys.currentId())) };
      },
    }),
  ];
}
