//! The networks and the cables between them: two nodes, and each HAProxy with its clients.
//!
//! Each cable goes through a bridge in a namespace of its own. It is cut there, so that the ends lose only their
//! carrier, as when somebody pulls a plug. There is no reset and no "unreachable", and addresses and routes stay.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::netns::{Inside, Namespace};

/// The names of the nodes, in HAProxy's file and in their own.
pub(crate) const NAMES: [&str; 2] = ["db101", "db201"];
/// The last part of a node's addresses.
const HOSTS: [u8; 2] = [101, 201];
/// All addresses, as the host of a database account.
pub(crate) const ANY_ADDRESS: &str = "10.77.%";

/// A cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Between the two nodes.
    Nodes,
    /// Between a HAProxy and a node.
    Front { proxy: usize, node: usize },
}

/// The namespaces, removed on drop.
#[derive(Debug)]
pub(crate) struct Network {
    fronts: Vec<Namespace>,
    nodes: [Namespace; 2],
    switch: Namespace,
}

/// The address from which the checks of a HAProxy come, as a node sees it.
pub(crate) fn front_address(proxy: usize, node: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, third(Link::Front { proxy, node }), 1)
}

/// The address from which the drill itself asks, so that no node takes its questions for those of a HAProxy.
pub(crate) fn observer_address(proxy: usize, node: usize) -> IpAddr {
    Ipv4Addr::new(10, 77, third(Link::Front { proxy, node }), 2).into()
}

/// The address of a node, as a HAProxy sees it.
pub(crate) fn node_address(proxy: usize, node: usize, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 77, third(Link::Front { proxy, node }), HOSTS[node]), port))
}

/// The address of a node, as the other node sees it.
pub(crate) fn peer_address(node: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, third(Link::Nodes), HOSTS[node])
}

fn third(link: Link) -> u8 {
    match link {
        Link::Nodes => 0,
        Link::Front { proxy, node } => u8::try_from(1 + 2 * proxy + node).expect("two HAProxys and two nodes"),
    }
}

impl Link {
    /// All links of a site with this many HAProxys.
    fn all(proxies: usize) -> impl Iterator<Item = Link> {
        let fronts = (0..proxies).flat_map(|proxy| [0, 1].map(|node| Link::Front { proxy, node }));
        [Link::Nodes].into_iter().chain(fronts)
    }

    /// The name of the link's bridge, and of the interface at each end.
    fn name(self) -> String {
        match self {
            Link::Nodes => "nodes".to_owned(),
            Link::Front { proxy, node } => format!("front{proxy}{node}"),
        }
    }
}

impl Network {
    /// Creates the networks. The names of the namespaces begin with `name`.
    pub(crate) fn create(name: &str, proxies: usize) -> io::Result<Network> {
        let namespace = |part: &str| Namespace::create(&format!("{name}-{part}"));
        let nodes = [namespace(NAMES[0])?, namespace(NAMES[1])?];
        let fronts = (0..proxies).map(|proxy| namespace(&format!("front{proxy}"))).collect::<io::Result<_>>()?;
        let network = Network { fronts, nodes, switch: namespace("switch")? };
        for link in Link::all(proxies) {
            network.switch.ip(&format!("link add name {} type bridge", link.name()))?;
            network.switch.ip(&format!("link set {} up", link.name()))?;
        }
        let [one, two] = &network.nodes;
        for (node, at) in [one, two].into_iter().enumerate() {
            network.plug(Link::Nodes, at, node, &[peer_address(node).into()])?;
            for (proxy, front) in network.fronts.iter().enumerate() {
                let link = Link::Front { proxy, node };
                network.plug(link, at, 0, &[node_address(proxy, node, 0).ip()])?;
                network.plug(link, front, 1, &[front_address(proxy, node).into(), observer_address(proxy, node)])?;
            }
        }
        Ok(network)
    }

    /// Connects a namespace to a link. Its connections come from the first of its addresses.
    fn plug(&self, link: Link, at: &Namespace, end: usize, addresses: &[IpAddr]) -> io::Result<()> {
        let (name, to) = (link.name(), at.name());
        self.switch.ip(&format!("link add name {name}-{end} type veth peer name {name} netns {to}"))?;
        self.switch.ip(&format!("link set {name}-{end} master {name} up"))?;
        for address in addresses {
            at.ip(&format!("addr add {address}/24 dev {name}"))?;
        }
        at.ip(&format!("link set {name} up"))
    }

    /// The network of each HAProxy and its clients.
    pub(crate) fn fronts(&self) -> impl Iterator<Item = Inside> + '_ {
        self.fronts.iter().map(Namespace::inside)
    }

    /// The network of a node.
    pub(crate) fn node(&self, node: usize) -> Inside {
        self.nodes[node].inside()
    }

    /// Pulls a cable at both ends.
    pub(crate) fn cut(&self, link: Link) -> io::Result<()> {
        self.set(link, "down")
    }

    /// Plugs all cables in.
    pub(crate) fn repair(&self) -> io::Result<()> {
        Link::all(self.fronts.len()).try_for_each(|link| self.set(link, "up"))
    }

    fn set(&self, link: Link, state: &str) -> io::Result<()> {
        [0, 1].into_iter().try_for_each(|end| self.switch.ip(&format!("link set {}-{end} {state}", link.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netns::{available, names};
    use crate::skip::skipped;
    use crate::wait_for;
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::Duration;

    /// Tries a connection from the network of a HAProxy to a node.
    fn reach(network: &Network, proxy: usize, node: usize, port: u16) -> Result<(), ErrorKind> {
        let inside = network.fronts().nth(proxy).expect("one of them");
        let connect = move || {
            inside.enter().expect("root may enter it");
            TcpStream::connect_timeout(&node_address(proxy, node, port), Duration::from_millis(500))
        };
        thread::spawn(connect).join().expect("the thread ends").map(drop).map_err(|error| error.kind())
    }

    #[test]
    fn a_cut_cable_is_silent_and_cuts_nothing_else() {
        if let Err(why) = available() {
            return skipped("a network of four places", &why);
        }
        let name = format!("healthd-net-{}", std::process::id());
        let network = Network::create(&name, 2).expect("a network");
        let listeners = [0, 1].map(|node| {
            let inside = network.node(node);
            let listen = move || {
                inside.enter().expect("root may enter it");
                TcpListener::bind("0.0.0.0:33").expect("a port of its own")
            };
            thread::spawn(listen).join().expect("the thread ends")
        });
        for proxy in [0, 1] {
            assert_eq!((reach(&network, proxy, 0, 33), reach(&network, proxy, 1, 33)), (Ok(()), Ok(())));
        }
        assert_eq!(reach(&network, 0, 0, 34), Err(ErrorKind::ConnectionRefused));
        network.cut(Link::Front { proxy: 0, node: 0 }).expect("a cable can be pulled");
        network.cut(Link::Nodes).expect("a cable can be pulled");
        assert_eq!((reach(&network, 0, 0, 33), reach(&network, 0, 1, 33)), (Err(ErrorKind::TimedOut), Ok(())));
        assert_eq!((reach(&network, 1, 0, 33), reach(&network, 1, 1, 33)), (Ok(()), Ok(())));
        network.repair().expect("the cables can be plugged in");
        // The bridge learns again which address is where.
        wait_for("the repaired cable", Duration::from_secs(10), || {
            reach(&network, 0, 0, 33).map_err(|kind| kind.to_string())
        });
        drop((listeners, network));
        assert!(!names().iter().any(|left| left.starts_with(&name)));
    }
}
