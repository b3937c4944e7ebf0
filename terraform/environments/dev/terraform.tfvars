# Environment for trials: cheap, without backups, and removed by `terraform destroy`.

environment            = "dev"
account_wide           = false
deletion_protection    = false
point_in_time_recovery = false
log_retention_days     = 7
self_charge            = true
throttle               = { rate = 100, burst = 200 }
