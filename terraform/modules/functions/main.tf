# One function a route and a worker, all from one map.

locals {
  # The functions of a domain share one binary, whose name begins theirs; the handler says which of them it serves.
  binaries  = toset([for zip in fileset(var.directory, "*/bootstrap.zip") : dirname(zip)])
  binary_of = { for name, entry in var.functions : name => try(one([for binary in local.binaries : binary if startswith(name, "${binary}-")]), "") }

  memory_mb = 256

  # A route answers within ten seconds or not at all; a queue's worker has a sixth of the time in which its message is
  # hidden, as AWS advises; streams and schedules have the 30 seconds that no function may pass, since the code waits
  # two minutes before it takes one for dead.
  timeouts_s = {
    for name, entry in var.functions : name => (
      can(entry.timeout_s) ? entry.timeout_s :
      can(entry.routes) ? 10 :
      can(entry.source.queue) ? floor(var.queues[entry.source.queue].visibility_s / 6) :
      30
    )
  }

  tables = { for name, entry in var.functions : name => toset([for table in keys(try(entry.tables, {})) : split("/", table)[0]]) }

  # A secret only where something uses it: each costs, and a function does not start while its own has no value.
  secrets_used = toset(concat(
    ["signing-key", "email-hash-key"],
    var.parties.condition_url != "" || var.parties.fulfilment_url != "" ? ["parties"] : [],
    var.parties.provider_url != "" ? ["provider"] : [],
  ))
  secrets = { for name, entry in var.functions : name => setintersection(try(entry.secrets, []), local.secrets_used) }

  secret_variables = {
    signing-key    = "DIBS_SIGNING_KEY_ARN"
    email-hash-key = "DIBS_EMAIL_HASH_KEY_ARN"
    parties        = "DIBS_PARTIES_SECRET_ARN"
    provider       = "DIBS_PROVIDER_SECRET_ARN"
  }

  # Only what is chosen: what is not set follows from the environment's name, in the code (shared/config).
  settings = {
    for variable, value in {
      DIBS_SELF_CHARGE                = var.settings.self_charge
      DIBS_EXTERNAL_CHECKS_PER_MINUTE = var.settings.external_checks_per_minute
      DIBS_REGISTRATIONS_PER_HOUR     = var.settings.registrations_per_hour
      DIBS_STRICT_PASSWORDS           = var.settings.strict_passwords
      DIBS_EMAIL_HASH_DAYS            = var.settings.email_hash_days
    } : variable => tostring(value) if value != null
  }

  # Where the services are that each secret signs the calls to: only those that have the secret can call them.
  party_urls = {
    parties  = { DIBS_CONDITION_URL = var.parties.condition_url, DIBS_FULFILMENT_URL = var.parties.fulfilment_url }
    provider = { DIBS_PROVIDER_URL = var.parties.provider_url, DIBS_CALLBACK_URL = var.callback_url }
  }
  calls_out = { for name, entry in var.functions : name => try(entry.calls_out, false) }
}

resource "aws_lambda_function" "this" {
  for_each      = var.functions
  function_name = "${var.prefix}-${each.key}"
  description   = join(", ", concat(try(each.value.routes, []), [for kind, of in try(each.value.source, {}) : "${kind} ${of}"]))
  role          = var.role_arns[each.key]

  runtime          = "provided.al2023"
  handler          = each.key
  architectures    = [var.architecture]
  s3_bucket        = aws_s3_object.zip[local.binary_of[each.key]].bucket
  s3_key           = aws_s3_object.zip[local.binary_of[each.key]].key
  source_code_hash = filebase64sha256(aws_s3_object.zip[local.binary_of[each.key]].source)
  # Every change is a version, so that the alias can go back to an earlier one.
  publish = true

  memory_size                    = try(each.value.memory_mb, local.memory_mb)
  timeout                        = local.timeouts_s[each.key]
  reserved_concurrent_executions = try(each.value.reserved_concurrency, -1)

  environment {
    variables = merge(
      { DIBS_ENVIRONMENT = var.environment, DIBS_LOG = var.log_level },
      local.settings,
      { for table in local.tables[each.key] : "TABLE_${upper(table)}" => var.tables[table].name },
      { for queue in keys(try(each.value.queues, {})) : "QUEUE_${upper(queue)}_URL" => var.queues[queue].url },
      can(each.value.routes) ? { DIBS_JWKS = var.jwks } : {},
      can(each.value.routes) && var.behind_cdn ? { DIBS_BEHIND_CDN = "true", DIBS_ORIGIN_SECRET = var.origin_secret } : {},
      { for secret in local.secrets[each.key] : local.secret_variables[secret] => aws_secretsmanager_secret.this[secret].arn },
      [
        for secret in local.secrets[each.key] :
        { for variable, url in lookup(local.party_urls, secret, {}) : variable => url if url != "" }
        if local.calls_out[each.key]
      ]...
    )
  }

  # All into one group, so that one query follows a claim through every function. Lambda's own lines about start, end
  # and duration would be most of it; the same is in metrics and traces. Of the function's lines DIBS_LOG decides alone.
  logging_config {
    log_group             = aws_cloudwatch_log_group.functions.name
    log_format            = "JSON"
    application_log_level = "TRACE"
    system_log_level      = "WARN"
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = local.calls_out[each.key] && var.network != null ? [var.network] : []

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }
}

# What is called. Going back is to point it to an earlier version.
resource "aws_lambda_alias" "live" {
  for_each         = var.functions
  name             = "live"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}

resource "aws_cloudwatch_log_group" "functions" {
  name              = "/dibs/${var.prefix}/functions"
  retention_in_days = var.log_retention_days
}

# Without a value, so that none is in the state: an operator puts it there.
resource "aws_secretsmanager_secret" "this" {
  for_each                = local.secrets_used
  name                    = "${var.prefix}/${each.key}"
  recovery_window_in_days = var.secret_recovery_days

  description = {
    signing-key    = "Private key of access tokens: Ed25519, PEM (PKCS#8)"
    email-hash-key = "Keys the hash under which the e-mail of a closed account is remembered: 32 bytes or more"
    parties        = "Signs the calls to the services that check conditions and fulfil rewards: 16 bytes or more"
    provider       = "Signs the calls to the payment provider, and its own: 16 bytes or more"
  }[each.key]
}
