/**
 * Pure signing and verification for every dialect: OSS V1, V2 and V4, SigV4 with its streaming
 * payloads, POST policies, the STS RPC forms and CDN URL authentication. Holds no secrets: whoever
 * calls brings them.
 *
 * <p>The doors: {@link io.millrace.signing.Credentials} reads what a request claims, {@link
 * io.millrace.signing.Claim#verify} proves it, {@link io.millrace.signing.Payload#open} decodes and
 * checks the body; {@link io.millrace.signing.SigV4Signer}, {@link io.millrace.signing.OssSigner}
 * and {@link io.millrace.signing.UrlAuth} sign.
 */
@NullMarked
package io.millrace.signing;

import org.jspecify.annotations.NullMarked;
