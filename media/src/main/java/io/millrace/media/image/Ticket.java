package io.millrace.media.image;

import java.util.concurrent.CompletableFuture;

/** One request's share in a job. */
final class Ticket {
    final CompletableFuture<Encoded> answer = new CompletableFuture<>();
}
