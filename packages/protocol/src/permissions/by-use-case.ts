/** Owns telling permissions by use case. */
import { ALL_PERMISSIONS, type Permission, permissionRow } from '../permissions.ts'
import { USE_CASES, type UseCase } from './use-cases.ts'

/** The permissions of a use case, in table order. */
export const permissionsFor = (useCase: UseCase): readonly Permission[] =>
  ALL_PERMISSIONS.filter((permission) => permissionRow(permission).useCases.includes(useCase))

/** Permissions by use case, as the OpenAPI documents tell them. */
export const useCasePermissions = (): Readonly<Record<UseCase, readonly Permission[]>> =>
  Object.fromEntries(
    (Object.keys(USE_CASES) as UseCase[]).map((useCase) => [useCase, permissionsFor(useCase)]),
  ) as Record<UseCase, readonly Permission[]>
