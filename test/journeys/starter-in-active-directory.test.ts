// One starter's whole story in a real Active Directory: planned, approved, made, told, signed in, taken back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { revealPassword } from '#features/automation/passwords.ts';
import { planAutomation } from '#features/automation/plan.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import { getRun } from '#features/automation/run-view.ts';
import { planUndoOf } from '#features/automation/undo.ts';
import {
  anAutomationOn,
  approveAndStart,
  aStage,
  ended,
  outcomesOf,
  resultsOf,
  rosa,
} from '#test/automation/stage.ts';
import { aName, aStage as aPlace } from '#test/contracts/directory-stage.ts';
import { aMemoryApplication } from '#test/faults/memory-application.ts';
import { aRow } from '#test/planning/larkfield.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';

describe('A starter in Active Directory', { skip: withoutSamba() }, () => {
  it('gets an account and groups, a password that opens it, a told ticket, and all of it is undone', async () => {
    await using place = await aPlace(await samba(), openLdapDirectory);
    const group = await place.addGroup(aName('quality'));
    const surname = aName('m').slice(2, 10);
    const application = aMemoryApplication([aRow({ id: 1, surname, title: '4711' })]);
    await using stage = await aStage({
      openDirectory: () => place.open(),
      openApplication: application.open,
    });
    const rules = [{ name: 'Quality', when: { all: [] }, groups: [group] }];
    const automation = await anAutomationOn(stage, {
      webhook: {},
      automation: {
        container: { kind: 'fixed', dn: place.container },
        match: [],
        startDate: null,
        steps: [
          { action: 'create-account', settings: { mustChangePassword: true } },
          { action: 'add-to-groups', settings: { rules } },
        ],
      },
    });
    await using _workers = await stage.work();

    const plan = await planAutomation(stage.ports, automation.id, { actor: rosa });
    const seen = await getPlan(stage.ports.db, plan.id, rosa, stage.now);
    assert.doesNotMatch(JSON.stringify({ ...seen, guards: [] }), /password/i);
    const runId = await approveAndStart(stage, plan);
    await ended(stage, runId);

    assert.deepEqual(resultsOf(await outcomesOf(stage, runId)), [
      'create done',
      'add-member done',
      'tell done',
    ]);
    const dn = `CN=Ines ${surname},${place.container}`;
    assert.deepEqual(await place.get(dn, 'memberOf'), [group]);
    const run = await getRun(stage.ports.db, runId, rosa, stage.now);
    const changeId = run.outcomes[0]?.changeId ?? '';
    const password = await revealPassword(stage.ports, runId, changeId, rosa);
    // 773: the password is right and must be changed at this logon; 52e would be a wrong one.
    assert.match(await place.signsIn(dn, password.reveal()), /data 773/);
    assert.match(await place.signsIn(dn, `${password.reveal()}x`), /data 52e/);
    assert.ok(!JSON.stringify(application.sent).includes(password.reveal()));

    const undoId = await approveAndStart(stage, await planUndoOf(stage.ports, runId, rosa));
    await ended(stage, undoId);

    const [control] = await place.get(dn, 'userAccountControl');
    assert.equal(Number(control) & 2, 2);
    assert.deepEqual(await place.get(dn, 'memberOf'), []);
  });
});
