/**
 * What the page is told of a local world (src/shared/config.ts reads it).
 *
 * @param {{ api_url: string, endpoint: string, outputs: Record<string, string> }} world as world.json describes it
 * @param {string} apiUrl the API's own address, unless whoever serves the page forwards requests
 */
export function configOf(world, apiUrl = world.api_url) {
  return {
    apiUrl,
    userPoolId: world.outputs.UserPoolId,
    userPoolClientId: world.outputs.UserPoolClientId,
    cognitoEndpoint: world.endpoint,
  };
}
