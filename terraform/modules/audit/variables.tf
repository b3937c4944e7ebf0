variable "retention_days" {
  description = "Number of days for which an object of the archive can be neither changed nor deleted."
  type        = number

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "audit_retention_days: write a whole number of days, 1 or more."
  }
}

variable "lock_mode" {
  description = "Mode of the object lock: COMPLIANCE, which nobody can lift, or GOVERNANCE, which a user with s3:BypassGovernanceRetention can."
  type        = string

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.lock_mode)
    error_message = "audit_lock_mode: write COMPLIANCE or GOVERNANCE."
  }
}
