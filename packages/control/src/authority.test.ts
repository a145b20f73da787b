/** Proves that the embedded authority is one. */
import { authorityConformance } from '@towline/testkit/authority-conformance'
import { LIMITS } from '@towline/protocol'
import { controlFixture } from './control.fixture.ts'
import { releaseName, reserveName } from './domain/domain-store.ts'
import { partsOf } from './parts.ts'
import { patchSettings } from './project/settings-store.ts'

authorityConformance('embedded store', async () => {
  const { control, clock, close } = await controlFixture()
  const project = await control.ensureProject('dev')
  const { db } = partsOf(control)
  return {
    authority: control.authority,
    project,
    workspaceId: 'wsp_first',
    owner: await control.createOwnerCredential(project.id),
    createOwner: () => control.createOwnerCredential(project.id),
    revoke: (credentialId) => control.revoke(credentialId),
    set: (settings) => patchSettings(db, project.id, settings),
    keepElsewhere: async (name) => {
      const { id: projectId } = await control.ensureProject('other')
      await reserveName(db, projectId, { name, now: 1, limits: LIMITS })
      return { projectId, release: () => releaseName(db, projectId, name) }
    },
    advance: (seconds) => {
      clock.ms += seconds * 1000
    },
    close,
  }
})
