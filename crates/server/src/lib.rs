//! The shell: merchant API, client API, notifications in, webhooks out, workers, configuration.
