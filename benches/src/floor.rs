//! The floor: a bare UDP echo, the least that a message and its answer can cost on this kernel.

use anyhow::{Context, Result};
use std::net::{SocketAddr, UdpSocket};

/// Echoes until it is killed. One socket, one thread, nothing but a receive and a send a message.
pub fn serve(address: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(address).with_context(|| address.to_string())?;
    let _the_kernel_may_grant_less = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    let mut bytes = [0; 4_096];
    loop {
        // A peer that has gone away shows as an error of the next call: weather.
        if let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let _gone = socket.send_to(&bytes[..length], from);
        }
    }
}
