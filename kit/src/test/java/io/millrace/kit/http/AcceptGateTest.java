package io.millrace.kit.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AcceptGateTest {
    private static final int MANY = 4 * AcceptGate.MOST;
    private static final int BATCH = 16; // what is accepted at once

    /** The event loop of the connections stands still while many come. */
    @Test
    void noMoreIsAcceptedThanLoopsTakeUp() throws Exception {
        EventLoopGroup accepting = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoopGroup working = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        AtomicInteger accepted = new AtomicInteger();
        CountDownLatch still = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(MANY);
        List<Socket> sockets = new ArrayList<>();
        try {
            Channel listening =
                    new ServerBootstrap()
                            .group(accepting, working)
                            .channel(NioServerSocketChannel.class)
                            .option(io.netty.channel.ChannelOption.SO_BACKLOG, MANY)
                            .handler(
                                    new io.netty.channel.ChannelInitializer<Channel>() {
                                        @Override
                                        protected void initChannel(Channel channel) {
                                            channel.pipeline()
                                                    .addLast(new Counting(accepted))
                                                    .addLast(new AcceptGate());
                                        }
                                    })
                            .childHandler(
                                    new ChannelInboundHandlerAdapter() {
                                        @Override
                                        public boolean isSharable() {
                                            return true;
                                        }

                                        @Override
                                        public void channelActive(
                                                io.netty.channel.ChannelHandlerContext context) {
                                            taken.countDown();
                                        }
                                    })
                            .bind(new InetSocketAddress("127.0.0.1", 0))
                            .sync()
                            .channel();
            CountDownLatch standing = new CountDownLatch(1);
            working.next()
                    .execute(
                            () -> {
                                standing.countDown();
                                try {
                                    still.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            standing.await();
            int port = ((InetSocketAddress) listening.localAddress()).getPort();
            for (int i = 0; i < MANY; i++) {
                sockets.add(new Socket("127.0.0.1", port)); // the kernel answers for us
            }
            while (accepted.get() < AcceptGate.MOST) {
                Thread.sleep(5);
            }
            // Whatever else it did it would have done before it ran this.
            accepting.submit(() -> {}).sync();
            accepting.submit(() -> {}).sync();
            assertTrue(accepted.get() < AcceptGate.MOST + BATCH, "accepted " + accepted);
            assertEquals(MANY, taken.getCount());
            still.countDown();
            taken.await();
            assertEquals(MANY, accepted.get());
        } finally {
            still.countDown();
            for (Socket socket : sockets) {
                socket.close();
            }
            accepting.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
            working.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
        }
    }

    private static final class Counting extends ChannelInboundHandlerAdapter {
        private final AtomicInteger accepted;

        private Counting(AtomicInteger accepted) {
            this.accepted = accepted;
        }

        @Override
        public void channelRead(io.netty.channel.ChannelHandlerContext context, Object message) {
            accepted.incrementAndGet();
            context.fireChannelRead(message);
        }
    }
}
