/** Proves that the embedded authority is one. */
import { authorityConformance } from '@towline/testkit/authority-conformance'
import { controlFixture } from './control.fixture.ts'

authorityConformance('embedded store', async () => {
  const { control, clock, close } = await controlFixture()
  const project = await control.ensureProject('dev')
  return {
    authority: control.authority,
    project,
    workspaceId: 'wsp_first',
    owner: await control.createOwnerCredential(project.id),
    createOwner: () => control.createOwnerCredential(project.id),
    revoke: (credentialId) => control.revoke(credentialId),
    advance: (seconds) => {
      clock.ms += seconds * 1000
    },
    close,
  }
})
