package main

import (
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/Azure/aad-pod-identity/pkg/k8s"
	"github.com/Azure/aad-pod-identity/pkg/nmi/server"
	corev1 "k8s.io/api/core/v1"
)

// Methods that NMI keeps to itself. The linker allows to call them; takenformic.s makes the compiler accept functions
// without a body.

//go:linkname isMIC github.com/Azure/aad-pod-identity/pkg/nmi/server.(*Server).isMIC
func isMIC(s *server.Server, podNS, rsName string) bool

//go:linkname getReplicasetName github.com/Azure/aad-pod-identity/pkg/k8s.(*KubeClient).getReplicasetName
func getReplicasetName(c *k8s.KubeClient, pod corev1.Pod) string

// takenForMIC says whether NMI would take the pod for MIC if the pod's namespace were MIC's, written in capitals as the
// flag may be.
func takenForMIC(pod corev1.Pod) *bool {
	nmi := &server.Server{MICNamespace: strings.ToUpper(pod.Namespace)}
	taken := isMIC(nmi, pod.Namespace, getReplicasetName(&k8s.KubeClient{}, pod))
	return &taken
}
