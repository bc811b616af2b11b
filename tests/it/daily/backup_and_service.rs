//! 18. The service, the image and the backup.
