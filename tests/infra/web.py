"""What serves the web application, as Terraform plans and applies it, and what is wrong with it in sentences.

web.py release DIRECTORY NUMBER    writes a built application of a few bytes; each number has other assets
web.py plan PLAN.json              compares CloudFront with and without the web application
web.py bucket NAME DIRECTORY OLD   looks at the bucket that has this release, and the assets of an older one
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import checks
import policies
from definitions import ROOT

MODULE = ROOT / "terraform/modules/web"
POLICY = (MODULE / "content-security-policy.txt").read_text().strip()
IMMUTABLE = "public, max-age=31536000, immutable"
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1A2B3C4D5E6F7"

# Ids of AWS's managed policies.
CACHE_AS_TOLD = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHE_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

# Which origin answers which path: the first that fits.
ORIGINS = [("/api/*", "api"), ("/.well-known/*", "api"), ("/ws", "sockets"), ("/assets/*", "web"), ("*", "web")]

# The file of a path.
PAGES = {
    "/": "/index.html",
    "/deals": "/index.html",
    "/deals/dl_1": "/index.html",
    "/queues/q_1/": "/index.html",
    "/confirm-email": "/index.html",
    "/consoles": "/index.html",
    "/x/console": "/index.html",
    "/v1.": "/index.html",
    "/..": "/index.html",
    "/console": "/console.html",
    "/console/": "/console.html",
    "/console/users/usr_1": "/console.html",
    "/index.html": "/index.html",
    "/console.html": "/console.html",
    "/favicon.svg": "/favicon.svg",
    "/console/missing.js": "/console/missing.js",
    "/assets/index-a1B2c3.js": "/assets/index-a1B2c3.js",
}


def node():
    """The Node that is installed, or that npm has brought for the web application; None without either."""
    brought = ROOT / "web/node_modules/.bin/node"
    return shutil.which("node") or (str(brought) if brought.exists() else None)


def rewritten(code, paths):
    """What a CloudFront function makes of paths."""
    script = f"{code}\nconst paths = {json.dumps(list(paths))};\n"
    script += "console.log(JSON.stringify(paths.map(uri => handler({ request: { uri, headers: {} } }).uri)));"
    done = subprocess.run([node(), "-e", script], capture_output=True, text=True, check=True)
    return dict(zip(paths, json.loads(done.stdout), strict=True))


def page_differences(code):
    """Where the function `pages` chooses another file than it should."""
    said = rewritten(code, PAGES)
    return [f"{path} is answered with {said[path]}, and should be with {file}" for path, file in PAGES.items() if said[path] != file]


def part(plan, modules):
    """The part of a plan that is in some of its modules."""
    planned = plan["planned_values"]["root_module"]["child_modules"]
    return {
        "resource_changes": [one for one in plan["resource_changes"] if one.get("module_address") in modules],
        "planned_values": {"root_module": {"child_modules": [one for one in planned if one["address"] in modules]}},
    }


def distribution(plan):
    """The planned distribution, and what of it is known only after the apply."""
    change = next(one["change"] for one in plan["resource_changes"] if one["type"] == "aws_cloudfront_distribution")
    return change["after"], change["after_unknown"]


def behaviors(plan):
    """The behaviors of the planned distribution by their path, in their order; that of all other paths is `*`."""
    known, unknown = distribution(plan)
    ordered = zip(known["ordered_cache_behavior"] or [], unknown["ordered_cache_behavior"] or [], strict=True)
    found = [(one["path_pattern"], one | {"unknown": more}) for one, more in ordered]
    default = known["default_cache_behavior"][0] | {"unknown": unknown["default_cache_behavior"][0]}
    return dict([*found, ("*", default)])


def unlike(what, one, wanted):
    """Where fields of a block are not as they should be."""
    return [f"{what} has {field} {one.get(field)}, and should have {value}" for field, value in wanted.items() if one.get(field) != value]


def behavior_differences(with_web, without):
    """Where a path is answered otherwise than it should be."""
    found = []
    of = behaviors(with_web)
    origins = [(path, one["target_origin_id"]) for path, one in of.items()]
    if origins != ORIGINS:
        return [f"paths lead to {origins}, and should lead to {ORIGINS}"]
    only_read = {"allowed_methods": ["GET", "HEAD"]}
    files = only_read | {"viewer_protocol_policy": "redirect-to-https", "cache_policy_id": CACHE_AS_TOLD, "compress": True}
    found += unlike("/ws", of["/ws"], only_read | {"cache_policy_id": CACHE_NOTHING, "origin_request_policy_id": ALL_BUT_HOST})
    for path in ["/assets/*", "*"]:
        # To a signed request nothing of the viewer's may be added.
        found += unlike(path, of[path], files | {"origin_request_policy_id": None})
        if not of[path]["unknown"].get("response_headers_policy_id"):
            found.append(f"{path} has no security headers")
    functions = {path: len(one["function_association"]) for path, one in of.items()}
    wanted = {"/api/*": 1, "/.well-known/*": 1, "/ws": 1, "/assets/*": 0, "*": 1}
    if functions != wanted:
        found.append(f"functions run for {functions}, and should for {wanted}")
    api = {field: value for field, value in behaviors(without)["*"].items() if field != "unknown"}
    for path in ["/api/*", "/.well-known/*"]:
        found += unlike(path, of[path], api)
    return found


def error_differences(plan):
    """Whether errors are cached, or become pages: a page is for the whole distribution, so for the API's errors too."""
    answers = distribution(plan)[0]["custom_error_response"]
    found = [f"the error {one['error_code']} becomes the page {one['response_page_path']}" for one in answers if one.get("response_page_path")]
    uncached = {one["error_code"] for one in answers if one["error_caching_min_ttl"] == 0}
    cached = {400, 403, 404, 405, 500, 501, 502, 503, 504} - uncached
    return found + [f"the error {code} is cached for all callers" for code in sorted(cached)]


def header_differences(plan):
    """Where the security headers are not those that they should be."""
    _, policy = next(checks.resources(plan, "aws_cloudfront_response_headers_policy"))
    security = {name: blocks[0] for name, blocks in policy["security_headers_config"][0].items() if blocks}
    said = {
        "content-security-policy": security["content_security_policy"]["content_security_policy"],
        "x-frame-options": security["frame_options"]["frame_option"],
        "referrer-policy": security["referrer_policy"]["referrer_policy"],
        "strict-transport-security": security["strict_transport_security"]["access_control_max_age_sec"],
    } | {one["header"]: one["value"] for one in policy["custom_headers_config"][0]["items"]}
    wanted = {
        "content-security-policy": POLICY,
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "strict-transport-security": 31536000,
        "cross-origin-opener-policy": "same-origin",
    }
    found = unlike("the web application", said, wanted)
    if not security.get("content_type_options", {}).get("override"):
        found.append("the web application has no x-content-type-options")
    if "permissions-policy" not in said:
        found.append("the web application has no permissions-policy")
    return found


def bucket_differences(plan):
    """Whether the bucket is private and encrypted, and CloudFront signs its requests."""
    found = []
    blocked = {"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}
    access = [one for _, one in checks.resources(plan, "aws_s3_bucket_public_access_block")]
    if not access or not all(access[0][field] for field in blocked):
        found.append("the bucket may become public")
    rules = [one["rule"] for _, one in checks.resources(plan, "aws_s3_bucket_server_side_encryption_configuration")]
    if not rules or rules[0][0]["apply_server_side_encryption_by_default"][0]["sse_algorithm"] != "AES256":
        found.append("the bucket is not encrypted")
    for _, control in checks.resources(plan, "aws_cloudfront_origin_access_control"):
        found += unlike("the access control", control, {"signing_behavior": "always", "origin_access_control_origin_type": "s3"})
    known, unknown = distribution(plan)
    for one, more in zip(known["origin"], unknown["origin"], strict=True):
        is_web = one["origin_id"] == "web"
        if bool(more.get("origin_access_control_id")) != is_web:
            found.append(f"the origin {one['origin_id']} {'lacks' if is_web else 'has'} an access control")
    return found


def function_differences(plan):
    """Whether the functions make of a path what its origin has."""
    code = {one["name"]: one["code"] for _, one in checks.resources(plan, "aws_cloudfront_function")}
    if code["dibs-dev-web-pages"] != (MODULE / "pages.js").read_text():
        return ["the function that chooses pages is not pages.js"]
    if node() is None:
        print("SKIPPED CloudFront's functions: Node is not installed")
        return []
    stage = next(one["name"] for _, one in checks.resources(plan, "aws_apigatewayv2_stage") if one["name"] != "$default")
    said = rewritten(code["dibs-dev-live"], ["/ws"])["/ws"]
    return [] if said == f"/{stage}" else [f"/ws leads to {said}, and the stage is {stage}"]


def differences(with_web, without):
    """Everything that is wrong with a plan of the web application, beside one without it."""
    found = behavior_differences(with_web, without) + error_differences(with_web) + error_differences(without)
    found += header_differences(with_web) + bucket_differences(with_web) + function_differences(with_web)
    return found


def content_types():
    """The content types of files.tf, by extension."""
    block = re.search(r"content_types = \{\n(.*?)\n  \}", (MODULE / "files.tf").read_text(), re.DOTALL)[1]
    return dict(re.findall(r'(\w+)\s+= "(.*)"', block))


def release(directory, number):
    """Writes a built application: its pages, an icon and assets of its own, beside one that no release changes."""
    shutil.rmtree(directory, ignore_errors=True)
    assets = directory / "assets"
    assets.mkdir(parents=True)
    for page in ["index.html", "console.html"]:
        (directory / page).write_text(f'<!doctype html><script type="module" src="/assets/index-release{number}.js"></script>\n')
    (directory / "favicon.svg").write_text("<svg/>\n")
    (assets / f"index-release{number}.js").write_text(f"const release = {number};\n")
    (assets / "index-a1B2c3D4.css").write_text("body { margin: 0 }\n")


def read_policy_differences(policy, bucket):
    """Whether the distribution alone may read the bucket, over TLS."""
    found = []
    objects = f"{bucket}/index.html"
    own, other = {"aws:SourceArn": DISTRIBUTION}, {"aws:SourceArn": DISTRIBUTION.replace("E1", "E9")}
    for action, resource, context, expected in [
        ("s3:GetObject", objects, own, {"Allow"}),
        # Without it, a missing object is a 403.
        ("s3:ListBucket", bucket, own, {"Allow"}),
        ("s3:GetObject", objects, other, set()),
        ("s3:GetObject", objects, {}, set()),
        ("s3:PutObject", objects, own, set()),
        ("s3:GetObject", objects, own | {"aws:SecureTransport": "false"}, {"Allow", "Deny"}),
        ("s3:PutObject", objects, {"aws:SecureTransport": "false"}, {"Deny"}),
    ]:
        said = policies.effects([policy], action, resource, context)
        if said != expected:
            found.append(f"the bucket's policy says {sorted(said)} to {action} with {context}, and should say {sorted(expected)}")
    readers = [one["Principal"] for one in policy["Statement"] if one["Effect"] == "Allow"]
    if any(reader != {"Service": "cloudfront.amazonaws.com"} for reader in readers):
        found.append(f"the bucket lets {readers} read")
    return found


def applied_differences(name, directory, old):
    """Whether an applied bucket has each file of a release with its type and cache rule, and the assets of an older one."""
    import boto3

    s3 = boto3.client("s3")
    types = content_types()
    listed = {one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]}
    files = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
    found = [f"{key} is in the bucket and in no release" for key in sorted(listed - {*files, old})]
    found += [f"{key} is not in the bucket" for key in sorted({*files, old} - listed)]
    for key in sorted(listed):
        head = s3.head_object(Bucket=name, Key=key)
        cached = IMMUTABLE if key.startswith("assets/") else "no-cache"
        found += unlike(key, head, {"ContentType": types[key.rsplit(".", 1)[1]], "CacheControl": cached})
        if key in files and s3.get_object(Bucket=name, Key=key)["Body"].read() != files[key].read_bytes():
            found.append(f"{key} is not that of the release")
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    return found + read_policy_differences(policy, f"arn:aws:s3:::{name}")


def main():
    """Does what the command line says, and exits with 1 when something is found."""
    what, *rest = sys.argv[1:]
    found = []
    if what == "release":
        release(Path(rest[0]), rest[1])
    elif what == "plan":
        plan = json.loads(Path(rest[0]).read_text())
        found = differences(part(plan, {"module.with_web", "module.web"}), part(plan, {"module.without_web"}))
    elif what == "bucket":
        found = applied_differences(rest[0], Path(rest[1]), rest[2])
    for sentence in found:
        print(f"infra: {sentence}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
