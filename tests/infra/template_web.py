"""The web application in template.yaml: a bucket, and CloudFront in front of it and of the API. All of it is there under the
condition HasWeb. The files are copied by commands of DEPLOYING.md."""

from definitions import ROOT
from short_forms import Tag, arn, given, ref, sub

MODULE = ROOT / "terraform/modules/web"
# Ids of AWS's managed policies, as terraform/modules/api/behaviors.tf has them.
CACHE_AS_TOLD = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHE_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
# The errors that CloudFront would cache for all callers.
ERRORS = [400, 403, 404, 405, 500, 501, 502, 503, 504]
HOST = "${%s}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
TELLS_ADDRESS = """\
function handler(event) {
  event.request.headers['true-client-ip'] = { value: event.viewer.ip };
  return event.request;
}
"""
LEADS_TO_STAGE = """\
function handler(event) {
  event.request.uri = '/live';
  return event.request;
}
"""


def parameters():
    """What a deployment chooses."""
    text = {"Type": "String", "Default": ""}
    return {
        "EnableWeb": {
            "Type": "String",
            "Default": "false",
            "AllowedValues": ["true", "false"],
            "Description": "Whether CloudFront serves the web application, on the same origin as the API.",
        },
        "OriginSecret": text
        | {
            "NoEcho": True,
            "AllowedPattern": "^$|^[0-9a-zA-Z]{32,}$",
            "ConstraintDescription": "32 letters and digits or more, as `openssl rand -hex 32` prints.",
            "Description": "The header's value by which functions know CloudFront's requests. EnableWeb needs it.",
        },
        "WebAclArn": text | {"Description": "A web ACL of us-east-1 for the distribution; empty for none."},
    }


def rules():
    """What is refused before anything is deployed."""
    has_secret = {
        "Assert": Tag("Not", [Tag("Equals", [ref("OriginSecret"), ""])]),
        "AssertDescription": "EnableWeb needs OriginSecret: without it, all users would count as one network.",
    }
    return {"WebNeedsSecret": {"RuleCondition": Tag("Equals", [ref("EnableWeb"), "true"]), "Assertions": [has_secret]}}


def conditions():
    """When what is there."""
    return {
        "HasWeb": Tag("Equals", [ref("EnableWeb"), "true"]),
        "HasWebAcl": Tag("Not", [Tag("Equals", [ref("WebAclArn"), ""])]),
    }


def environment():
    """The variables by which functions know CloudFront."""
    return {"DIBS_BEHIND_CDN": given("HasWeb", "true"), "DIBS_ORIGIN_SECRET": given("HasWeb", ref("OriginSecret"))}


def outputs():
    """Where the application is, and where its files go."""
    address = {"Description": "Where the web application is.", "Value": sub("https://${WebDistribution.DomainName}")}
    bucket = {"Description": "The bucket of its files.", "Value": ref("WebBucket")}
    return {"WebAddress": {"Condition": "HasWeb"} | address, "WebBucket": {"Condition": "HasWeb"} | bucket}


def bucket_resources():
    """The private bucket, which the distribution alone reads."""
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    bucket = {
        "BucketName": sub("dibs-${Environment}-web-${AWS::AccountId}"),
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    own = sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${WebDistribution}")
    reads = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": own}},
    }
    objects = sub("${WebBucket.Arn}/*")
    statements = [
        {"Sid": "OnlyTheDistributionReads"} | reads | {"Action": "s3:GetObject", "Resource": objects},
        # Without it, S3 answers 403 for an object that does not exist, and not 404.
        {"Sid": "MissingIsNotFound"} | reads | {"Action": "s3:ListBucket", "Resource": arn("WebBucket")},
        {
            "Sid": "OnlyOverTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn("WebBucket"), objects],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    policy = {"Bucket": ref("WebBucket"), "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        # CloudFormation deletes no bucket that has objects.
        "WebBucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": bucket},
        "WebBucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }


def function(name, comment, code):
    """A function of CloudFront's."""
    config = {"Comment": comment, "Runtime": "cloudfront-js-2.0"}
    properties = {"Name": sub(f"dibs-${{Environment}}-{name}"), "AutoPublish": True, "FunctionConfig": config, "FunctionCode": code}
    return {"Type": "AWS::CloudFront::Function", "Properties": properties}


def headers():
    """The security headers of the web application, as Terraform sets them."""
    override = {"Override": True}
    security = {
        "ContentSecurityPolicy": {"ContentSecurityPolicy": (MODULE / "content-security-policy.txt").read_text().strip()} | override,
        "ContentTypeOptions": override,
        "FrameOptions": {"FrameOption": "DENY"} | override,
        "ReferrerPolicy": {"ReferrerPolicy": "same-origin"} | override,
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31536000, "IncludeSubdomains": True} | override,
    }
    custom = {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    items = [{"Header": name, "Value": value} | override for name, value in custom.items()]
    config = {"Name": sub("dibs-${Environment}-web"), "SecurityHeadersConfig": security, "CustomHeadersConfig": {"Items": items}}
    return {"Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": {"ResponseHeadersPolicyConfig": config}}


def cache_policy():
    """How long CloudFront keeps an answer of the API: as long as the function says."""
    key = {
        "EnableAcceptEncodingBrotli": True,
        "EnableAcceptEncodingGzip": True,
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
    }
    config = {"Name": sub("dibs-${Environment}-as-told"), "MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 300}
    config |= {"ParametersInCacheKeyAndForwardedToOrigin": key}
    return {"Type": "AWS::CloudFront::CachePolicy", "Properties": {"CachePolicyConfig": config}}


def behavior(origin, cache, called=None, **more):
    """A behavior of the distribution; `called` is the function of each request."""
    common = {"TargetOriginId": origin, "CachePolicyId": cache, "Compress": origin != "sockets"}
    if called:
        common["FunctionAssociations"] = [{"EventType": "viewer-request", "FunctionARN": Tag("GetAtt", f"{called}.FunctionARN")}]
    if origin == "web":
        common |= {"ViewerProtocolPolicy": "redirect-to-https", "ResponseHeadersPolicyId": ref("WebHeaders")}
    else:
        common |= {"ViewerProtocolPolicy": "https-only", "OriginRequestPolicyId": ALL_BUT_HOST}
    if origin == "api":
        common["AllowedMethods"] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    return more | common


def distribution():
    """CloudFront in front of the API, the WebSocket API and the bucket."""
    custom = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    secret = [{"HeaderName": "x-origin-secret", "HeaderValue": ref("OriginSecret")}]
    origins = [
        {"Id": "api", "DomainName": sub(HOST % "Api"), "CustomOriginConfig": custom, "OriginCustomHeaders": secret},
        {
            "Id": "web",
            "DomainName": Tag("GetAtt", "WebBucket.RegionalDomainName"),
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": ref("WebAccessControl"),
        },
        {"Id": "sockets", "DomainName": sub(HOST % "Sockets"), "CustomOriginConfig": custom},
    ]
    config = {
        "Enabled": True,
        "Comment": sub("dibs-${Environment}"),
        "IPV6Enabled": True,
        "HttpVersion": "http2and3",
        "PriceClass": "PriceClass_100",
        "WebACLId": given("HasWebAcl", ref("WebAclArn")),
        "Origins": origins,
        "DefaultCacheBehavior": behavior("web", CACHE_AS_TOLD, "WebPages"),
        # The first whose path fits answers.
        "CacheBehaviors": [
            behavior("api", ref("WebCachePolicy"), "WebViewerAddress", PathPattern="/api/*"),
            behavior("api", ref("WebCachePolicy"), "WebViewerAddress", PathPattern="/.well-known/*"),
            behavior("sockets", CACHE_NOTHING, "WebLive", PathPattern="/ws"),
            behavior("web", CACHE_AS_TOLD, PathPattern="/assets/*"),
        ],
        "CustomErrorResponses": [{"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in ERRORS],
    }
    return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}


def resources():
    """All of it, under its condition."""
    control = {
        "Name": sub("dibs-${Environment}-web"),
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    found = bucket_resources() | {
        "WebAccessControl": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {"OriginAccessControlConfig": control},
        },
        "WebPages": function("web-pages", "Chooses the page of a path", (MODULE / "pages.js").read_text()),
        "WebLive": function("live", "Leads /ws to the stage of the WebSocket API", LEADS_TO_STAGE),
        "WebViewerAddress": function("viewer-address", "Tells the caller's address", TELLS_ADDRESS),
        "WebHeaders": headers(),
        "WebCachePolicy": cache_policy(),
        "WebDistribution": distribution(),
    }
    return {logical: {"Type": one["Type"], "Condition": "HasWeb"} | one for logical, one in found.items()}
