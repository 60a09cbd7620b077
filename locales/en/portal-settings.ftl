# The portal: applications, policies, groups, branding, the log.
