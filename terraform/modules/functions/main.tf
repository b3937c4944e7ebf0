# One Lambda function per entry of functions.json.

locals {
  # Functions of a domain share one binary, whose name is the first part of theirs. The handler names the function to
  # serve.
  binaries  = toset([for zip in fileset(var.directory, "*/bootstrap.zip") : dirname(zip)])
  binary_of = { for name, entry in var.context.functions : name => try(one([for binary in local.binaries : binary if startswith(name, "${binary}-")]), "") }

  # A route has ten seconds, one of the WebSocket API too. A worker of a queue has a sixth of the visibility timeout, as AWS advises. Workers of
  # streams and schedules have 30 seconds, the maximum of all functions: the code waits two minutes before it considers
  # a call dead.
  timeouts_s = {
    for name, entry in var.context.functions : name => (
      entry.timeout_s != null ? entry.timeout_s :
      length(entry.routes) > 0 || entry.source.socket != null ? 10 :
      entry.source.queue != null ? floor(var.queues[entry.source.queue].visibility_s / 6) :
      30
    )
  }

  tables = { for name, entry in var.context.functions : name => toset([for table in keys(entry.tables) : split("/", table)[0]]) }

  # Only secrets that are used: each one costs, and a function does not start until its secrets have values.
  secrets_used = toset(concat(
    ["signing-key", "email-hash-key", "sealing-key"],
    var.parties.condition_url != "" || var.parties.fulfilment_url != "" ? ["parties"] : [],
    var.parties.provider_url != "" ? ["provider"] : [],
  ))
  secrets = { for name, entry in var.context.functions : name => setintersection(entry.secrets, local.secrets_used) }

  secret_variables = {
    signing-key    = "DIBS_SIGNING_KEY_ARN"
    email-hash-key = "DIBS_EMAIL_HASH_KEY_ARN"
    sealing-key    = "DIBS_SEALING_KEY_ARN"
    parties        = "DIBS_PARTIES_SECRET_ARN"
    provider       = "DIBS_PROVIDER_SECRET_ARN"
  }

  # Only settings that are set. The code derives the others from the name of the environment (shared/config).
  settings = {
    for variable, value in {
      DIBS_SELF_CHARGE                = var.settings.self_charge
      DIBS_EXTERNAL_CHECKS_PER_MINUTE = var.settings.external_checks_per_minute
      DIBS_REGISTRATIONS_PER_HOUR     = var.settings.registrations_per_hour
      DIBS_STRICT_PASSWORDS           = var.settings.strict_passwords
      DIBS_EMAIL_HASH_DAYS            = var.settings.email_hash_days
      DIBS_REQUIRE_CONFIRMED_EMAIL    = var.settings.require_confirmed_email
      DIBS_REQUIRE_STAFF_TOTP         = var.settings.require_staff_totp
      DIBS_EVENTS_ALONE               = var.settings.events_alone
      DIBS_TIME_ZONE                  = var.settings.time_zone
      DIBS_EVENT_SCHEMAS_URL          = var.event_schemas_url
      DIBS_LIVE_SOCKETS               = var.settings.live_sockets
    } : variable => tostring(value) if value != null
  }

  # URLs of the services, by the secret that signs the calls to them. Only functions with the secret can call them.
  party_urls = {
    parties  = { DIBS_CONDITION_URL = var.parties.condition_url, DIBS_FULFILMENT_URL = var.parties.fulfilment_url }
    provider = { DIBS_PROVIDER_URL = var.parties.provider_url, DIBS_CALLBACK_URL = var.callback_url }
  }
}

resource "aws_lambda_function" "this" {
  for_each      = var.context.functions
  function_name = "${var.context.prefix}-${each.key}"
  description   = join(", ", concat(each.value.routes, [for kind, of in each.value.source : "${kind} ${of}" if of != null]))
  role          = var.role_arns[each.key]

  runtime          = "provided.al2023"
  handler          = each.key
  architectures    = [var.architecture]
  s3_bucket        = aws_s3_object.zip[local.binary_of[each.key]].bucket
  s3_key           = aws_s3_object.zip[local.binary_of[each.key]].key
  source_code_hash = filebase64sha256(aws_s3_object.zip[local.binary_of[each.key]].source)
  # Each change publishes a version, so that the alias can return to an earlier one.
  publish = true

  memory_size                    = each.value.memory_mb
  timeout                        = local.timeouts_s[each.key]
  reserved_concurrent_executions = each.value.reserved_concurrency

  environment {
    variables = merge(
      { DIBS_ENVIRONMENT = var.context.environment, DIBS_LOG = var.log_level },
      local.settings,
      { for table in local.tables[each.key] : "TABLE_${upper(replace(table, "-", "_"))}" => var.tables[table].name },
      each.key == "audit-archive-entries" ? { DIBS_AUDIT_BUCKET = var.audit_bucket } : {},
      # The address of a queue's dead letters follows from that of the queue.
      { for queue in distinct([for name in keys(each.value.queues) : trimsuffix(name, "-dlq")]) : "QUEUE_${upper(replace(queue, "-", "_"))}_URL" => var.queues[queue].url },
      length(each.value.routes) > 0 || each.value.source.socket != null || each.value.sends_to_sockets ? { DIBS_JWKS = var.jwks } : {},
      each.value.sends_to_sockets ? { DIBS_SOCKETS_URL = var.sockets_url } : {},
      length(each.value.routes) > 0 && var.behind_cdn ? { DIBS_BEHIND_CDN = "true", DIBS_ORIGIN_SECRET = var.origin_secret } : {},
      each.value.sends_mail && var.mail.from != "" ? {
        DIBS_MAIL_FROM              = var.mail.from
        DIBS_MAIL_CONFIGURATION_SET = var.context.prefix
        DIBS_LINKS_URL              = var.mail.links_url
      } : {},
      { for secret in local.secrets[each.key] : local.secret_variables[secret] => aws_secretsmanager_secret.this[secret].arn },
      [
        for secret in local.secrets[each.key] :
        { for variable, url in lookup(local.party_urls, secret, {}) : variable => url if url != "" }
        if each.value.calls_out
      ]...
    )
  }

  # All functions log to one group, so that one query follows a claim through all of them. Lambda's own lines on start,
  # end and duration would be most of the log, and metrics and traces contain the same. DIBS_LOG alone selects the
  # functions' own lines.
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
    for_each = each.value.calls_out && var.network != null ? [var.network] : []

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }
}

# Alias that all callers use. A rollback points it to an earlier version.
resource "aws_lambda_alias" "live" {
  for_each         = var.context.functions
  name             = "live"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}

resource "aws_cloudwatch_log_group" "functions" {
  name              = "/dibs/${var.context.prefix}/functions"
  retention_in_days = var.context.log_retention_days
}

# Created without values, so that none is in the state. An operator sets them.
resource "aws_secretsmanager_secret" "this" {
  for_each                = local.secrets_used
  name                    = "${var.context.prefix}/${each.key}"
  recovery_window_in_days = var.secret_recovery_days

  description = {
    signing-key    = "Private key of access tokens: Ed25519, PEM (PKCS#8)"
    email-hash-key = "Keys the hash under which the e-mail of a closed account is remembered: 32 bytes or more"
    sealing-key    = "Seals the keys of authenticator apps and derives the tokens in mails: 32 bytes or more; during a rotation the new key, a space, the old one"
    parties        = "Signs the calls to the services that check conditions and fulfil rewards: 16 bytes or more"
    provider       = "Signs the calls to the payment provider, and its own: 16 bytes or more"
  }[each.key]
}
