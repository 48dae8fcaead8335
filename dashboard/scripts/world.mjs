/**
 * What the page is told of a local world (src/shared/config.ts reads it).
 *
 * @param {{ api_url: string, endpoint: string, outputs: Record<string, string> }} world as world.json describes it
 */
export function configOf(world) {
  return {
    apiUrl: world.api_url,
    userPoolId: world.outputs.UserPoolId,
    userPoolClientId: world.outputs.UserPoolClientId,
    cognitoEndpoint: world.endpoint,
  };
}
