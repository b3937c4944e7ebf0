# Production: the data of the tables is protected.

environment            = "prod"
account_wide           = true
deletion_protection    = true
point_in_time_recovery = true
log_retention_days     = 30
self_charge            = false
throttle               = { rate = 2000, burst = 4000 }
