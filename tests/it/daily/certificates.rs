//! 11. One block to paste writes the certificate and connects.
