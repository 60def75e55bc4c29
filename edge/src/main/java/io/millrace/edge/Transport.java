package io.millrace.edge;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** The sockets' engine: epoll where the native library loads, NIO elsewhere. */
record Transport(
        EventLoopGroup loops,
        Class<? extends ServerChannel> server,
        Class<? extends Channel> client,
        boolean epoll)
        implements AutoCloseable {

    static Transport open(int threads) {
        DefaultThreadFactory names = new DefaultThreadFactory("edge-loop", true);
        if (Epoll.isAvailable()) {
            return new Transport(
                    new MultiThreadIoEventLoopGroup(threads, names, EpollIoHandler.newFactory()),
                    EpollServerSocketChannel.class,
                    EpollSocketChannel.class,
                    true);
        }
        return new Transport(
                new MultiThreadIoEventLoopGroup(threads, names, NioIoHandler.newFactory()),
                NioServerSocketChannel.class,
                NioSocketChannel.class,
                false);
    }

    /**
     * Breaks a connection off whose other end acknowledges nothing any more, also while only an
     * answer is awaited: a machine that is gone shows long before a slow answer may be given up.
     */
    void noticeDeadPeers(Channel channel, int seconds) {
        if (epoll) {
            channel.config().setOption(EpollChannelOption.TCP_USER_TIMEOUT, seconds * 1000);
            channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, seconds);
            channel.config().setOption(EpollChannelOption.TCP_KEEPINTVL, 1);
            channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, seconds);
        }
    }

    /** Shuts every socket and ends the threads. */
    @Override
    public void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
