"""The names of what is deployed, in the order in which it is."""

FUNCTION_PARTS = ("Role", "ManagedPolicy", "InlinePolicy", "Function")
API_PARTS = (
    "UserPool",
    "AppClient",
    "RestApi",
    "Authorizer",
    "Post",
    "Options",
    "GatewayResponses",
    "Permission",
    "Stage",
)
PAGE_PARTS = ("Domain", "App", "Branch", "PageClient", "Deployment")
