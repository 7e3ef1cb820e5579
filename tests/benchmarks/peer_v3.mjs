// The tutorial's function on AWS SDK v3. It writes the same item as wildrydes. It is an ES module, like Lambda's examples.
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

const ddb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

const fleet = [
  { Name: 'Angel', Color: 'White', Gender: 'Female' },
  { Name: 'Gil', Color: 'White', Gender: 'Male' },
  { Name: 'Rocinante', Color: 'Yellow', Gender: 'Female' },
];

export const handler = async (event, context) => {
  if (!event.requestContext.authorizer) {
    return response(500, { Error: 'Authorization not configured', Reference: context.awsRequestId });
  }
  const rideId = randomBytes(16).toString('base64url');
  console.log('Received event (', rideId, '): ', event);
  const username = event.requestContext.authorizer.claims['cognito:username'];
  const pickup = JSON.parse(event.body).PickupLocation;
  console.log('Finding unicorn for ', pickup.Latitude, ', ', pickup.Longitude);
  const unicorn = fleet[Math.floor(Math.random() * fleet.length)];
  const item = {
    RideId: rideId,
    User: username,
    Unicorn: unicorn,
    PickupLocation: { Latitude: pickup.Latitude, Longitude: pickup.Longitude },
    RequestTime: new Date().toISOString(),
    TimeShard: crc32(rideId) % 8,
  };
  try {
    await ddb.send(new PutCommand({ TableName: 'Rides', Item: item }));
  } catch (error) {
    console.error(error);
    return response(500, { Error: error.message, Reference: context.awsRequestId });
  }
  return response(201, { RideId: rideId, Unicorn: unicorn, Eta: '30 seconds', Rider: username });
};

function response(statusCode, body) {
  return { statusCode, body: JSON.stringify(body), headers: { 'Access-Control-Allow-Origin': '*' } };
}
