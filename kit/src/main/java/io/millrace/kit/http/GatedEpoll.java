package io.millrace.kit.http;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.transport.Transport;

/** Epoll with an {@link AcceptGate} before each listening socket. */
final class GatedEpoll extends EpollTransport implements Transport {
    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        ChannelFactory<? extends ServerChannel> plain = super.serverChannelFactory(domainSocket);
        return () -> {
            ServerChannel channel = plain.newChannel();
            channel.pipeline().addFirst(new AcceptGate());
            return channel;
        };
    }

    @Override
    public String name() {
        return "epoll";
    }

    @Override
    public boolean available() {
        return isAvailable();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return this;
    }
}
