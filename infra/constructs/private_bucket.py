"""A bucket nobody reaches but the functions."""

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct


class PrivateBucket(Construct):
    """`versioned` where a document, such as a posted invoice's, must stay readable even if its key is written again."""

    def __init__(self, scope: Construct, construct_id: str, *, versioned: bool, demands_tls: bool) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=demands_tls,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN,
            versioned=versioned,
        )
        Validations.of(self.bucket).acknowledge(
            Acknowledgment(
                id="AwsSolutions-S1",
                reason="Only our functions read it, and each read is in the API's access log already.",
            )
        )
