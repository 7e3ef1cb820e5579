// The tutorial's function on AWS SDK v2. It writes the same item as wildrydes. It is CommonJS, like the tutorial's.
const { randomBytes } = require('node:crypto');
const { crc32 } = require('node:zlib');
const AWS = require('aws-sdk');

// SDK v2 has no environment variable for the endpoint.
const ddb = new AWS.DynamoDB.DocumentClient({ endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB });

const fleet = [
  { Name: 'Angel', Color: 'White', Gender: 'Female' },
  { Name: 'Gil', Color: 'White', Gender: 'Male' },
  { Name: 'Rocinante', Color: 'Yellow', Gender: 'Female' },
];

exports.handler = (event, context, callback) => {
  if (!event.requestContext.authorizer) {
    errorResponse('Authorization not configured', context.awsRequestId, callback);
    return;
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
  ddb.put({ TableName: 'Rides', Item: item }).promise().then(() => {
    callback(null, {
      statusCode: 201,
      body: JSON.stringify({ RideId: rideId, Unicorn: unicorn, Eta: '30 seconds', Rider: username }),
      headers: { 'Access-Control-Allow-Origin': '*' },
    });
  }).catch((error) => {
    console.error(error);
    errorResponse(error.message, context.awsRequestId, callback);
  });
};

function errorResponse(message, reference, callback) {
  callback(null, {
    statusCode: 500,
    body: JSON.stringify({ Error: message, Reference: reference }),
    headers: { 'Access-Control-Allow-Origin': '*' },
  });
}
