"""Runs every check of scim2-tester against a server, and prints what came of each as JSON.

Arguments: the base URL and an access token.
"""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ResourceType, Schema, ScimProvider, ServiceProviderConfig
from scim2_tester import check_server

PASS = "urn:firstkey:params:scim:schemas:extension:2.0:TemporaryAccessPass"


def provider(scim):
    """What the server says of itself, but for passes.

    The checks make up every value, and no policy allows a made-up number of minutes.
    """
    config = scim.query(ServiceProviderConfig)
    schemas = scim.query(Schema).resources
    types = scim.query(ResourceType).resources
    for one in types:
        one.schema_extensions = [
            extension for extension in one.schema_extensions or [] if extension.schema_ != PASS
        ]
    return ScimProvider.from_discovery(schemas, types, config)


def main():
    base, token = sys.argv[1:]
    headers = {"Authorization": f"Bearer {token}"}
    with Client(base_url=base, headers=headers, timeout=30) as http:
        scim = SyncSCIMClient(http)
        scim.provider = provider(scim)
        results = check_server(scim)
    json.dump(
        [
            {
                "name": result.title,
                "resource": result.resource_type,
                "status": result.status.name,
                "reason": result.reason,
            }
            for result in results
        ],
        sys.stdout,
    )


main()
