"""The public HTTP API, rendered from the route table."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from aws_cdk import Acknowledgment, CfnResource, RemovalPolicy, Validations
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra import resources
from infra.constructs.pascal_case import pascal_case
from infra.settings import Stage

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}


class PublicHttpApi(Construct):
    """Payload 2.0, one integration per function, and one permission per function for the whole API.

    (A permission per route would outgrow the 20 KB a function's policy may have: aws/aws-cdk#5774.)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        routes: Sequence[resources.Route],
        default: str,
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(self, "Api", create_default_stage=False)
        self._log_access(stage)
        integrations = {
            name: HttpLambdaIntegration(pascal_case(name), functions[name], scope_permission_to_route=False)
            for name in dict.fromkeys(route.function for route in routes)
        }
        for route in routes:
            self._add(route, integrations[route.function])
            if stage.emulated and route.subtree:
                self._spell_out_slash(route, integrations[route.function])
        # An integration of its own: the permission for the whole API covers "method and path", and what
        # arrives here has neither in its ARN.
        apigateway.HttpRoute(
            self,
            "Unmatched",
            http_api=self.api,
            route_key=apigateway.HttpRouteKey.DEFAULT,
            integration=HttpLambdaIntegration("Unmatched", functions[default]),
        )
        Validations.of(self).acknowledge(
            Acknowledgment(
                id="AwsSolutions-APIG4",
                reason="The shared HTTP layer checks the bearer key and answers with the contract's own 403 body.",
            )
        )

    def _add(self, route: resources.Route, integration: HttpLambdaIntegration) -> None:
        # The published clients call `/orders/`. A route key may not end in a slash (the service refuses it);
        # on AWS the greedy route takes an empty rest as well (observed: storacha/w3infra#166).
        paths = [route.path, f"{route.path}/{{proxy+}}"] if route.subtree else [route.path]
        for path in paths:
            self.api.add_routes(
                path=path,
                methods=[apigateway.HttpMethod[route.method]],
                integration=integration,
            )

    def _spell_out_slash(self, route: resources.Route, integration: HttpLambdaIntegration) -> None:
        # ministack's greedy routes want at least one character, and its route keys may end in a slash.
        slash = apigateway.HttpRoute(
            self,
            pascal_case(f"slash_{PurePosixPath(route.path).name}"),
            http_api=self.api,
            route_key=apigateway.HttpRouteKey.with_(f"{route.path}/{{slash+}}"),
            integration=integration,
        )
        if isinstance(made := slash.node.default_child, CfnResource):
            made.add_property_override("RouteKey", f"{route.method} {route.path}/")

    def _log_access(self, stage: Stage) -> None:
        log_group = logs.LogGroup(
            self, "AccessLog", retention=stage.log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        # The L2 stage takes log settings only as a jsii interface, which in Python is a class of its own.
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn,
                format=json.dumps(ACCESS_LOG_FIELDS),
            ),
        )
